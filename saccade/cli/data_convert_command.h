// The command `data convert`: YOLO and VOC to COCO, COCO to YOLO.
#pragma once

#include <CLI/CLI.hpp>

namespace saccade {

// Adds `convert` to the command `data`; it runs while it is parsed.
void add_data_convert(CLI::App& data);

}  // namespace saccade
