// Which data set a command works on.
#include "saccade/cli/data_options.h"

#include <iostream>
#include <utility>

#include "saccade/core/error.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

// COCO's layout of 2017.
DataSetPlace split_of(const fs::path& root, const std::string& split) {
  const std::string name = split + "2017";
  return {name, root / name, root / "annotations" / ("instances_" + name + ".json")};
}

void check_options(const DataSetOptions& o, ImagesNeeded needed) {
  const bool listed = !o.images.empty() || !o.annotations.empty();
  if (!o.coco_path.empty() && listed)
    throw UsageError("--coco_path excludes --images and --annotations; give one or the others");
  if (o.coco_path.empty() && !listed) {
    throw UsageError(text_of("which data set? give --coco_path ROOT or ",
                             needed == ImagesNeeded::kYes ? "--images DIR " : "",
                             "--annotations FILE"));
  }
  if (!o.split.empty() && listed)
    throw UsageError("--split belongs to --coco_path; --annotations names one file already");
  if (listed && o.annotations.empty()) throw UsageError("--images wants --annotations FILE too");
  if (listed && o.images.empty() && needed == ImagesNeeded::kYes)
    throw UsageError("--annotations wants --images DIR too, the folder of its images");
}

void check_place(const DataSetPlace& place, ImagesNeeded needed, bool is_coco_layout) {
  std::error_code ignored;
  if (!fs::exists(place.annotations, ignored)) {
    throw Error(
        text_of(place.annotations.string(), ": no such file",
                is_coco_layout ? "; name other files by --images DIR --annotations FILE" : ""));
  }
  const bool given = !place.images.empty();
  if (given && needed == ImagesNeeded::kYes && !fs::is_directory(place.images, ignored))
    throw Error(text_of(place.images.string(), ": no such folder of images"));
}

}  // namespace

void add_data_set_options(CLI::App& command, DataSetOptions& o, bool all_splits) {
  command
      .add_option("--coco_path", o.coco_path,
                  "folder with train2017/, val2017/ and annotations/instances_{train,val}2017.json")
      ->type_name("ROOT");
  command
      .add_option(
          "--split", o.split,
          text_of("train or val of --coco_path (default: ", all_splits ? "both" : "val", ")"))
      ->check(CLI::IsMember({"train", "val"}))
      ->type_name("NAME");
  command.add_option("--images", o.images, "folder of images")->type_name("DIR");
  command.add_option("--annotations", o.annotations, "COCO annotation file")->type_name("FILE");
}

std::vector<DataSetPlace> data_sets_of(const DataSetOptions& options, ImagesNeeded needed) {
  check_options(options, needed);
  std::vector<DataSetPlace> places;
  if (!options.annotations.empty()) {
    places.push_back(
        {fs::path(options.annotations).stem().string(), options.images, options.annotations});
  } else if (!options.split.empty()) {
    places.push_back(split_of(options.coco_path, options.split));
  } else {
    for (const char* split : {"train", "val"}) {
      const DataSetPlace place = split_of(options.coco_path, split);
      std::error_code ignored;
      if (fs::exists(place.annotations, ignored)) places.push_back(place);
    }
  }
  if (places.empty()) {
    throw Error(text_of(options.coco_path,
                        ": has neither annotations/instances_train2017.json nor ",
                        "annotations/instances_val2017.json; name other files by ",
                        "--images DIR --annotations FILE"));
  }
  for (const DataSetPlace& place : places) check_place(place, needed, !options.coco_path.empty());
  return places;
}

DataSetPlace data_set_of(DataSetOptions options, const std::string& split, ImagesNeeded needed) {
  check_options(options, needed);
  if (!options.coco_path.empty() && options.split.empty()) options.split = split;
  return data_sets_of(options, needed).front();
}

CocoDataSet read_data_set(const DataSetPlace& place) {
  CocoFile file = load_coco(place.annotations);
  if (file.breaking_count > 0) {
    std::cerr << "saccade: warning: " << place.annotations.string() << ": " << file.breaking_count
              << (file.breaking_count == 1 ? " problem" : " problems")
              << "; records with faults are left out (saccade data check lists them)\n";
  }
  return std::move(file.data);
}

}  // namespace saccade
