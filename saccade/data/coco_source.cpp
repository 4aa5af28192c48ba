// COCO annotation files as the source of a conversion.
#include "saccade/data/coco_source.h"

#include <algorithm>
#include <utility>

#include "saccade/core/error.h"
#include "saccade/image/image_probe.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "instances_";

// "val2017" of annotations/instances_val2017.json, "a" of a.json.
std::string split_of(const fs::path& file) {
  const std::string stem = file.stem().string();
  return stem.starts_with(kPrefix) && stem.size() > kPrefix.size() ? stem.substr(kPrefix.size())
                                                                   : stem;
}

std::vector<fs::path> annotation_files(const CocoSource& source) {
  if (!fs::is_directory(source.path)) return {source.path};
  std::vector<fs::path> files;
  const fs::path folder = source.path / "annotations";
  std::error_code fault;
  for (const auto& entry : fs::directory_iterator(folder, fault)) {
    const fs::path& file = entry.path();
    if (file.extension() != ".json" || !file.filename().string().starts_with(kPrefix)) continue;
    if (source.split.empty() || split_of(file) == source.split) files.push_back(file);
  }
  if (files.empty()) {
    throw Error(text_of(folder.string(), ": no ", kPrefix,
                        source.split.empty() ? "*" : source.split, ".json there"));
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Where the images of a split may lie, the likeliest first.
std::vector<fs::path> likely_folders(const fs::path& file) {
  fs::path root = fs::absolute(file).parent_path();
  if (root.filename() == "annotations") root = root.parent_path();
  const std::string split = split_of(file);
  std::vector<fs::path> folders = {root / split, root / "images" / split, root / "images", root};
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root, ignored))
    if (entry.is_directory(ignored)) folders.push_back(entry.path());
  std::sort(folders.begin() + 4, folders.end());
  return folders;
}

// The folder that holds the images of a split; empty where they need not be found.
fs::path folder_of_images(const CocoSource& source, const fs::path& file, const CocoDataSet& data) {
  if (!source.images.empty()) return source.images;
  if (!source.needs_images || data.images().empty()) return {};
  const std::vector<fs::path> folders = likely_folders(file);
  const fs::path first = path_below(data.images().front().file_name, file.string());
  for (const fs::path& folder : folders)
    if (fs::is_regular_file(folder / first)) return folder;
  throw Error(text_of(file.string(), ": its first image ", first.string(), " is not in ",
                      folders.front().string(),
                      " nor in the folders around it; give --images DIR, "
                      "or --annotations_only"));
}

void add_boxes(const CocoDataSet& data, int index, LabelledImage& image, LabelledSet& set) {
  for (const CocoAnnotation& annotation : data.annotations_of(index)) {
    if (annotation.is_crowd) {
      ++set.crowds_left_out;
      continue;
    }
    std::int64_t clipped = 0;
    const BoxXywh box = clip_to_image(annotation.box, image.width, image.height, 1.0, clipped);
    if (box.width <= 0 || box.height <= 0) {
      ++set.empty_left_out;
      continue;
    }
    set.clipped += clipped;
    set.outlines_left_out += !annotation.segmentation.empty();
    image.boxes.push_back({annotation.category, box});
  }
}

// YOLO tools turn images by their EXIF orientation. Kinds of files that we do not read are not judged.
bool is_turned(const fs::path& image) {
  const fs::path suffix = image.extension();
  if (suffix != ".jpg" && suffix != ".jpeg" && suffix != ".png") return false;
  return probe_image_file(image).orientation != 1;
}

LabelledSplit read_split(const CocoSource& source, const fs::path& file, const CocoDataSet& data,
                         LabelledSet& set) {
  const bool renamed = !source.split.empty() && !fs::is_directory(source.path);
  LabelledSplit split{renamed ? source.split : split_of(file)};
  const fs::path folder = folder_of_images(source, file, data);
  for (int i = 0; i < std::ssize(data.images()); ++i) {
    const CocoImage& record = data.images()[i];
    const std::string where = text_of(file.string(), ": image ", id_text(record.id));
    const fs::path name = path_below(record.file_name, where);
    if (record.width <= 0 || record.height <= 0)
      throw Error(text_of(where, ": has no width and height, which YOLO's fractions need"));
    LabelledImage image{name.generic_string(), source.needs_images ? folder / name : fs::path(),
                        record.width, record.height};
    if (source.needs_images && !fs::is_regular_file(image.file)) {
      throw Error(text_of(where, ": ", image.file.string(),
                          " is missing; give --images DIR, or --annotations_only"));
    }
    if (source.needs_images) set.turned += is_turned(image.file);
    add_boxes(data, i, image, set);
    split.images.push_back(std::move(image));
  }
  return split;
}

std::vector<std::string> names_of(const CocoDataSet& data) {
  std::vector<std::string> names;
  for (const CocoCategory& category : data.categories()) names.push_back(category.name);
  return names;
}

}  // namespace

LabelledSet read_coco_source(const CocoSource& source) {
  LabelledSet set;
  const std::vector<fs::path> files = annotation_files(source);
  for (const fs::path& file : files) {
    const CocoDataSet data = load_whole_coco(file);
    if (set.splits.empty()) {
      set.categories = names_of(data);
    } else if (set.categories != names_of(data)) {
      throw Error(text_of(file.string(), ": its categories are not those of ",
                          files.front().string(), "; convert them one by one with --split"));
    }
    set.splits.push_back(read_split(source, file, data, set));
  }
  return set;
}

}  // namespace saccade
