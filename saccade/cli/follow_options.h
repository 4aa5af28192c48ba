// What the user asked of `saccade follow`.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "saccade/cli/options.h"
#include "saccade/core/boxes.h"

namespace saccade {

struct FollowOptions {
  // Model, object, part and look of the attention, output; its image is the frame that the object is chosen in.
  ExplainOptions explain;
  std::vector<std::string> frames;  // files, folders, patterns
  std::string start;                // a frame's name or number; empty: the first
  std::string box;                  // X,Y,W,H in pixels of the original image
  double least_iou = 0.3;           // with the place where the object should be
  int most_gaps = 3;                // frames in a row without the object, then it is given up
  double frames_per_second = 4;     // of the animation
  bool before_after = false;        // traces of the model without interventions too
  int width = 1009;                 // of the pictures, pixels
};

// Adds the command `follow` and its options to the program.
void add_follow(CLI::App& app, FollowOptions& options);

// "X,Y,W,H" of --box. Throws UsageError.
BoxXyxy parse_box(const std::string& text);

}  // namespace saccade
