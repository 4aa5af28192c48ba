// Reads Pascal VOC data sets.
#include "saccade/data/voc_reader.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/data/voc_annotation.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

using Annotations = std::map<std::string, VocAnnotation>;  // by the file's name without suffix

Annotations read_annotations(const fs::path& folder, bool one_based) {
  Annotations found;
  std::error_code fault;
  for (const auto& entry : fs::directory_iterator(folder, fault)) {
    if (entry.path().extension() != ".xml") continue;
    const std::string stem = checked_utf8(entry.path().stem().string(), entry.path().string());
    found.emplace(stem, read_voc_annotation(entry.path(), one_based));
  }
  if (fault) throw Error(text_of(folder.string(), ": cannot be listed: ", fault.message()));
  if (found.empty()) throw Error(text_of(folder.string(), ": holds no .xml file"));
  return found;
}

std::vector<std::string> class_names(const Annotations& annotations) {
  std::set<std::string> names;
  for (const auto& [stem, annotation] : annotations)
    for (const VocObject& object : annotation.objects) names.insert(object.name);
  return {names.begin(), names.end()};
}

// The names of a list; lists of one class have a second column, -1 where the class is absent.
std::vector<std::string> names_of_list(const fs::path& list, const Annotations& annotations) {
  std::vector<std::string> names;
  std::istringstream lines(read_file(list));
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream words(line);
    std::string name, present;
    if (!(words >> name) || (words >> present && present == "-1")) continue;
    if (!annotations.contains(name)) {
      throw Error(text_of(list.string(), ":", number, ": there is no Annotations/",
                          name.substr(0, 200), ".xml"));
    }
    names.push_back(name);
  }
  return names;
}

// Split and the annotations in it.
using Splits = std::vector<std::pair<std::string, std::vector<std::string>>>;

Splits choose_splits(const VocSource& source, const Annotations& annotations) {
  const fs::path lists = source.root / "ImageSets" / "Main";
  const auto list_of = [&](const std::string& split) { return lists / (split + ".txt"); };
  std::vector<std::string> wanted;
  if (!source.split.empty() && fs::is_directory(lists)) {
    path_below(source.split, "--split");
    if (!fs::exists(list_of(source.split)))
      throw Error(
          text_of(list_of(source.split).string(), ": does not exist; choose another --split"));
    wanted = {source.split};
  } else {
    for (const char* split : {"train", "val", "test"})
      if (fs::exists(list_of(split))) wanted.push_back(split);
    if (wanted.empty() && fs::exists(list_of("trainval"))) wanted = {"trainval"};
  }
  Splits splits;
  for (const std::string& split : wanted)
    splits.emplace_back(split, names_of_list(list_of(split), annotations));
  if (!splits.empty()) return splits;
  std::vector<std::string> all;
  for (const auto& [stem, annotation] : annotations) all.push_back(stem);
  return {{source.split.empty() ? "train" : source.split, all}};
}

LabelledImage labelled(const std::string& stem, const VocAnnotation& annotation,
                       const VocSource& source, LabelledSet& set) {
  const std::string where = (source.root / "Annotations" / (stem + ".xml")).string();
  const std::string name = annotation.file_name.empty() ? stem + ".jpg" : annotation.file_name;
  const fs::path folder = source.images.empty() ? source.root / "JPEGImages" : source.images;
  LabelledImage image{path_below(name, where).generic_string(), folder / path_below(name, where),
                      annotation.width, annotation.height};
  if (source.needs_images && !fs::is_regular_file(image.file)) {
    throw Error(text_of(where, ": its image ", image.file.string(),
                        " is missing; give --images DIR, or --annotations_only"));
  }
  int position = 0;
  for (const VocObject& object : annotation.objects) {
    ++position;
    const auto category =
        std::lower_bound(set.categories.begin(), set.categories.end(), object.name);
    const BoxXywh box = clip_to_image(object.box, image.width, image.height, 1.0, set.clipped);
    const bool outside =
        (box.width <= 0 && object.box.width > 0) || (box.height <= 0 && object.box.height > 0);
    if (outside) {
      throw Error(text_of(where, ": object ", position, ": the box lies outside the image of ",
                          image.width, " x ", image.height, " pixels"));
    }
    image.boxes.push_back(
        {static_cast<int>(category - set.categories.begin()), box, {}, object.difficult});
  }
  return image;
}

}  // namespace

LabelledSet read_voc(const VocSource& source) {
  const Annotations annotations = read_annotations(source.root / "Annotations", source.one_based);
  LabelledSet set{class_names(annotations)};
  for (const auto& [name, stems] : choose_splits(source, annotations)) {
    LabelledSplit split{name};
    for (const std::string& stem : stems)
      split.images.push_back(labelled(stem, annotations.at(stem), source, set));
    if (split.images.empty())
      throw Error(text_of(source.root.string(), ": split ", name, " is empty"));
    set.splits.push_back(std::move(split));
  }
  return set;
}

}  // namespace saccade
