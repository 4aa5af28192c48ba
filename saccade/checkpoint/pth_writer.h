// Writes .pth files that torch.load(weights_only=True) reads, also with mmap=True.
#pragma once

#include <filesystem>

#include "saccade/checkpoint/pickle_builder.h"
#include "saccade/checkpoint/weights_file.h"
#include "saccade/core/file_io.h"

namespace saccade {

// Tensors keep their strides and share storages as in memory; the bytes are written from where they
// are. Namespaces become dicts. The same tree gives the same file. Throws Error.
void write_pth(const std::filesystem::path& path, const PickleTree& tree,
               Durability durability = Durability::kBuffered);

// Parts of such a tree: named tensors, options, and texts as dicts.
NodeId tensors_node(PickleBuilder& make, const NamedRawTensors& tensors);
NodeId args_node(PickleBuilder& make, const Args& args);
NodeId texts_node(PickleBuilder& make, const std::map<std::string, std::string>& texts);

// {"model": tensors, "args": {...}, "saccade": metadata}: what read_weights reads back.
void write_weights_pth(const std::filesystem::path& path, const WeightsFile& weights);

}  // namespace saccade
