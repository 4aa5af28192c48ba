// Reads the pickles of .pth files without executing anything: a short list of opcodes and of names;
// everything else is refused by name. All sizes are bounded by the bytes that are there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "saccade/checkpoint/pickle_tree.h"

namespace saccade {

// A storage the pickle speaks of; the container's reader fills in its bytes afterwards.
struct PickledStorage {
  std::string key;
  DType dtype = DType::kFloat32;
  std::int64_t numel = 0;
  std::shared_ptr<Storage> storage;
};

struct Unpickled {
  PickleTree tree;
  std::vector<PickledStorage> storages;
  std::size_t bytes_read = 0;  // up to and including STOP
};

// Reads one pickle at the start of `bytes`. Tensors get their storage objects, still empty.
// Throws Error that starts with `name`.
Unpickled unpickle(std::span<const std::byte> bytes, const std::string& name);

// After the storages have been filled: throws Error unless every element of every tensor lies in
// its storage and no view is expanded, nor all views together are, out of all proportion.
void check_tensors(const Unpickled& unpickled, const std::string& name);

}  // namespace saccade
