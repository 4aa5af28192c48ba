// Which images of a data set a command is about.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/data/coco.h"

namespace saccade {

struct ImageChoiceOptions {
  std::vector<std::string> ids;
  std::string range;       // A-B, positions from 0, both ends included
  std::string class_name;  // only images with an annotation of this class
  int random = 0;          // this many at random; 0: not asked for
  std::uint64_t seed = 0;
};

// Adds --id, --range, --class, --random and --seed.
void add_image_choice_options(CLI::App& command, ImageChoiceOptions& options);

struct ImageChoice {
  std::vector<int> images;  // indices into data.images()
  std::string words;        // "12 of 84 images of val, evenly spread in the order of their ids"
};

// The images of --id in the order given. Otherwise: of the images in ascending order of their ids those
// with the class, of these the range, of these --random many in that order, else `count` evenly spread;
// a range without --random is taken whole. `name` is the set's, for the words.
// Throws UsageError: an id or class the set does not have (named with what exists), a range beyond the
// images, options that exclude each other, a set without images.
ImageChoice choose_images(const CocoDataSet& data, const ImageChoiceOptions& options, int count,
                          const std::string& name);

}  // namespace saccade
