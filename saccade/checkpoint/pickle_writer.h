// Writes a tree of plain values as a pickle of protocol 2 that torch.load(weights_only=True) takes.
#pragma once

#include <string>
#include <vector>

#include "saccade/checkpoint/pickle_tree.h"

namespace saccade {

// One storage of the file; its key is its position. The bytes are kept alive by `owner`.
struct WrittenStorage {
  DType dtype = DType::kFloat32;
  Storage storage;
};

struct Pickled {
  std::string pickle;
  std::vector<WrittenStorage> storages;
};

// Values that stand in several places stay one object, tensors over the same bytes share a storage.
// A namespace becomes a dict (safe loading refuses argparse.Namespace).
// Throws Error for what safe loading would refuse: a tuple or set inside itself, unknown names.
Pickled pickle_of(const PickleTree& tree);

}  // namespace saccade
