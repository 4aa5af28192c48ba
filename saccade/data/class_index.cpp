// Which output of a detector's class head stands for which category.
#include "saccade/data/class_index.h"

#include <algorithm>
#include <numeric>

namespace saccade {

std::vector<int> category_of_class(const CocoDataSet& data) {
  constexpr std::int64_t kMaxId = 999;
  const auto& categories = data.categories();
  const bool by_id = std::all_of(categories.begin(), categories.end(), [](const CocoCategory& c) {
    return !c.id.is_text() && c.id.number >= 0 && c.id.number <= kMaxId;
  });
  if (!by_id || categories.empty()) {
    std::vector<int> places(categories.size());
    std::iota(places.begin(), places.end(), 0);
    return places;
  }
  std::vector<int> of_class(static_cast<std::size_t>(categories.back().id.number) + 1, -1);
  for (std::size_t i = 0; i < categories.size(); ++i)
    of_class[static_cast<std::size_t>(categories[i].id.number)] = static_cast<int>(i);
  return of_class;
}

std::vector<std::int64_t> class_of_category(const CocoDataSet& data) {
  std::vector<std::int64_t> of_category(data.categories().size(), -1);
  const std::vector<int> categories = category_of_class(data);
  for (std::size_t label = 0; label < categories.size(); ++label) {
    if (categories[label] >= 0) of_category[categories[label]] = static_cast<std::int64_t>(label);
  }
  return of_category;
}

}  // namespace saccade
