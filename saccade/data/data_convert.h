// Data sets in another format: YOLO and Pascal VOC to COCO, COCO to YOLO.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace saccade {

struct DataConvertOptions {
  std::string from;               // yolo, voc or coco; empty: by what lies at `source`
  std::string to;                 // coco or yolo; empty: coco, and yolo from coco
  std::filesystem::path source;   // see detect_format
  std::filesystem::path out;      // folder
  std::string split;              // the only one to convert; empty: all (see --help)
  std::filesystem::path images;   // VOC and COCO: where the images lie
  bool one_based = false;         // VOC: see voc_annotation.h
  bool copy_images = false;       // copies, not links
  bool annotations_only = false;  // neither
  bool overwrite = false;
  std::string command;  // noted in what is written
};

struct ConvertedSplit {
  std::string name;
  std::filesystem::path annotations;  // the file written, or the folder of label files
  std::filesystem::path images;       // folder; empty with annotations_only
  std::int64_t num_images = 0;
  std::int64_t num_boxes = 0;
};

struct DataConversion {
  std::string from, to;
  std::vector<ConvertedSplit> splits;
  std::int64_t num_classes = 0;
  std::filesystem::path config;    // data.yaml of a YOLO set; empty otherwise
  std::vector<std::string> notes;  // what was left out or changed, a line each
};

// "yolo" for data.yaml, a folder with it or with classes.txt; "voc" for a folder with Annotations/*.xml;
// "coco" for a .json file or a folder with annotations/. Throws UsageError.
std::string detect_format(const std::filesystem::path& source);

// Converts and writes:
//   to coco  OUT/annotations/instances_SPLIT.json, images in OUT/SPLIT/
//   to yolo  OUT/data.yaml, OUT/labels/SPLIT/*.txt, images in OUT/images/SPLIT/ (tools look for labels
//            beside the images, so these must be there)
// Images are symbolic links to where they lie, or copies. Nothing is written before everything is read.
// Throws Error, UsageError; also where something is there already and `overwrite` is false.
DataConversion convert_data_set(const DataConvertOptions& options);

}  // namespace saccade
