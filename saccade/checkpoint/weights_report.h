// What a file of weights holds, as a table and as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "saccade/checkpoint/weights_file.h"

namespace saccade {

// Numbers in all tensors; those that several names share are counted once.
std::int64_t count_numbers(const NamedRawTensors& tensors);

// Names come from files: what a terminal might take as a command becomes '?'.
std::string printable(std::string text);

// One line per tensor (name, dtype, shape, numbers), then the totals, options and metadata.
std::string weights_table(const WeightsFile& weights);

// {"file", "sha256", "count", "numbers", "args": {..}, "metadata": {..},
//  "tensors": [{"name", "dtype", "shape": [..], "numbers"}]}
std::string weights_json(const WeightsFile& weights);

}  // namespace saccade
