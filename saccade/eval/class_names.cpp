// Names of a data set's categories that tell them apart.
#include "saccade/eval/class_names.h"

#include <set>

namespace saccade {

std::vector<std::string> class_names(const CocoDataSet& data) {
  std::set<std::string> seen, repeated;
  for (const CocoCategory& category : data.categories()) {
    if (!seen.insert(category.name).second) repeated.insert(category.name);
  }
  std::vector<std::string> names;
  for (const CocoCategory& category : data.categories()) {
    names.push_back(category.name);
    if (repeated.contains(category.name)) names.back() += " (id " + id_text(category.id) + ")";
  }
  return names;
}

}  // namespace saccade
