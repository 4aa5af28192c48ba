// Data sets in another format.
#include "saccade/data/data_convert.h"

#include <set>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/data/coco_source.h"
#include "saccade/data/coco_writer.h"
#include "saccade/data/image_files.h"
#include "saccade/data/voc_reader.h"
#include "saccade/data/yolo_config.h"
#include "saccade/data/yolo_reader.h"
#include "saccade/data/yolo_writer.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

LabelledSet read_yolo_source(const DataConvertOptions& options) {
  if (!options.images.empty())
    throw UsageError("--images: a YOLO data set says itself where its images are");
  const fs::path& source = options.source;
  const fs::path yaml = is_yaml(source) ? source : source / "data.yaml";
  if (fs::exists(yaml)) return read_yolo(read_yolo_config(yaml), options.split);
  const std::string split = options.split.empty() ? "train" : options.split;
  return read_yolo(plain_yolo_config(source, split), split);
}

LabelledSet read_source(const DataConvertOptions& options, const std::string& from) {
  const bool needs_images = !options.annotations_only;
  if (options.one_based && from != "voc") throw UsageError("--one_based is for --from voc");
  if (from == "yolo") return read_yolo_source(options);
  if (from == "voc")
    return read_voc(
        {options.source, options.images, options.split, options.one_based, needs_images});
  return read_coco_source({options.source, options.images, options.split, needs_images});
}

// Names become paths, and one picture must not stand for two.
void check_names(const LabelledSet& set) {
  for (const LabelledSplit& split : set.splits) {
    path_below(split.name, "split");
    std::set<std::string> names;
    for (const LabelledImage& image : split.images) {
      if (!names.insert(image.file_name).second)
        throw Error(text_of(image.name(), ": occurs twice in split ", split.name));
    }
  }
}

std::vector<ConvertedSplit> planned(const LabelledSet& set, const DataConvertOptions& options,
                                    bool to_coco) {
  std::vector<ConvertedSplit> splits;
  for (const LabelledSplit& split : set.splits) {
    const std::string& name = split.name;
    ConvertedSplit made{name};
    made.annotations = to_coco ? options.out / "annotations" / text_of("instances_", name, ".json")
                               : options.out / "labels" / name;
    if (!options.annotations_only)
      made.images = to_coco ? options.out / name : options.out / "images" / name;
    made.num_images = std::ssize(split.images);
    made.num_boxes = split.num_boxes();
    splits.push_back(made);
  }
  return splits;
}

void refuse_existing(const fs::path& path) {
  std::error_code ignored;
  const bool empty_folder = fs::is_directory(path, ignored) && fs::is_empty(path, ignored);
  if (!fs::exists(fs::symlink_status(path, ignored)) || empty_folder) return;
  throw UsageError(
      text_of(path.string(), ": exists already; add --overwrite or choose another --out"));
}

// The images themselves may lie where they are wanted; anything else is not replaced unasked.
void check_targets(const LabelledSet& set, const DataConversion& plan) {
  if (!plan.config.empty()) refuse_existing(plan.config);
  for (std::size_t i = 0; i < plan.splits.size(); ++i) {
    refuse_existing(plan.splits[i].annotations);
    if (plan.splits[i].images.empty()) continue;
    for (const LabelledImage& image : set.splits[i].images) {
      std::error_code ignored;
      const fs::path target = plan.splits[i].images / image.file_name;
      if (!fs::equivalent(target, image.file, ignored)) refuse_existing(target);
    }
  }
}

std::vector<std::string> notes_of(const LabelledSet& set, const std::string& to) {
  std::vector<std::string> notes;
  const auto note = [&](std::int64_t count, const char* what) {
    if (count > 0) notes.push_back(text_of(count, " ", what));
  };
  note(set.crowds_left_out, "crowd regions left out: YOLO has no word for them");
  note(set.outlines_left_out, "outlines left out: only boxes are written");
  note(set.empty_left_out, "boxes without area inside their image left out");
  note(set.clipped, "boxes clipped to their image");
  note(set.without_labels, "images have no label file: kept as images without objects");
  note(set.turned,
       "images are turned by their EXIF orientation: YOLO tools turn them, COCO tools read pixels "
       "as "
       "stored; turn the files upright first, or their boxes will not fit");
  std::int64_t ignored = 0;
  for (const LabelledSplit& split : set.splits)
    for (const LabelledImage& image : split.images)
      for (const LabelledBox& box : image.boxes) ignored += box.ignored;
  if (to == "coco") note(ignored, "difficult objects have \"ignore\": 1");
  return notes;
}

void place_images(const LabelledSet& set, const DataConversion& plan, bool copy) {
  for (std::size_t i = 0; i < plan.splits.size(); ++i) {
    if (plan.splits[i].images.empty()) continue;
    for (const LabelledImage& image : set.splits[i].images)
      place_image(image.file, plan.splits[i].images / image.file_name, copy);
  }
}

// The format to write: what was asked for, if it can be had.
std::string target_format(const DataConvertOptions& options, const std::string& from) {
  const std::string to = !options.to.empty() ? options.to : from == "coco" ? "yolo" : "coco";
  if (to == from) throw UsageError(text_of(options.source.string(), ": is ", from, " already"));
  if (from != "coco" && to != "coco")
    throw UsageError(text_of("from ", from, " to ", to, ": convert to coco first, then to ", to));
  return to;
}

}  // namespace

std::string detect_format(const fs::path& source) {
  std::error_code ignored;
  if (!fs::exists(source, ignored))
    throw UsageError(text_of(source.string(), ": no such file or folder"));
  if (is_yaml(source) || fs::exists(source / "data.yaml", ignored)) return "yolo";
  if (source.extension() == ".json" && !fs::is_directory(source, ignored)) return "coco";
  if (fs::is_directory(source / "Annotations", ignored)) {
    for (const auto& entry : fs::directory_iterator(source / "Annotations", ignored))
      if (entry.path().extension() == ".xml") return "voc";
  }
  if (fs::is_directory(source / "annotations", ignored)) return "coco";
  if (fs::exists(source / "classes.txt", ignored)) return "yolo";
  throw UsageError(text_of(source.string(),
                           ": no data set that we know: expected data.yaml or classes.txt (YOLO), "
                           "Annotations/*.xml (VOC), annotations/instances_*.json (COCO); --from "
                           "says which"));
}

DataConversion convert_data_set(const DataConvertOptions& options) {
  DataConversion made;
  made.from = options.from.empty() ? detect_format(options.source) : options.from;
  made.to = target_format(options, made.from);
  const LabelledSet set = read_source(options, made.from);
  check_names(set);
  made.splits = planned(set, options, made.to == "coco");
  made.num_classes = std::ssize(set.categories);
  made.notes = notes_of(set, made.to);
  if (made.to == "yolo") made.config = options.out / "data.yaml";
  if (!options.overwrite) check_targets(set, made);
  if (made.to == "yolo") {
    write_yolo(set, options.out, "Made by: " + options.command);
  } else {
    for (std::size_t i = 0; i < set.splits.size(); ++i) {
      write_file(made.splits[i].annotations,
                 coco_annotations_text(set, set.splits[i], options.command));
    }
  }
  place_images(set, made, options.copy_images);
  return made;
}

}  // namespace saccade
