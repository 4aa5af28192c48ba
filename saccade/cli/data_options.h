// Which data set a command works on: the options, the same for every command, and what they mean.
#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/data/coco.h"

namespace saccade {

struct DataSetOptions {
  std::string coco_path;    // root in COCO's layout
  std::string split;        // train or val, of coco_path; empty: not given
  std::string images;       // folder
  std::string annotations;  // file
};

// Adds --coco_path, --split, --images and --annotations. `all_splits`: the command works on both
// splits where --split is not given (data_sets_of), else on val (data_set_of).
void add_data_set_options(CLI::App& command, DataSetOptions& options, bool all_splits = false);

struct DataSetPlace {
  std::string name;                   // "val2017", or the annotation file without its suffix
  std::filesystem::path images;       // folder; empty where it was not given and is not needed
  std::filesystem::path annotations;  // file
};

enum class ImagesNeeded { kYes, kNo };

// The data sets that the options name: one for --annotations, else the splits of --coco_path that
// exist, train first, or the one of --split. Throws UsageError where options are missing or exclude each
// other, Error where a folder or file is not there.
std::vector<DataSetPlace> data_sets_of(const DataSetOptions& options,
                                       ImagesNeeded needed = ImagesNeeded::kYes);

// The one data set of commands that take one; `split` is that of --coco_path without --split.
DataSetPlace data_set_of(DataSetOptions options, const std::string& split = "val",
                         ImagesNeeded needed = ImagesNeeded::kYes);

// The set's annotations, with a line on stderr where records with faults were left out.
CocoDataSet read_data_set(const DataSetPlace& place);

}  // namespace saccade
