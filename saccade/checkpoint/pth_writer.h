// Writes .pth files that torch.load(weights_only=True) reads, also with mmap=True.
#pragma once

#include <filesystem>

#include "saccade/checkpoint/pickle_tree.h"
#include "saccade/checkpoint/weights_file.h"

namespace saccade {

// Tensors keep their strides and share storages as in memory; the bytes are written from where they
// are. Namespaces become dicts. The same tree gives the same file. Throws Error.
void write_pth(const std::filesystem::path& path, const PickleTree& tree);

// {"model": tensors, "args": {...}, "saccade": metadata}: what read_weights reads back.
void write_weights_pth(const std::filesystem::path& path, const WeightsFile& weights);

}  // namespace saccade
