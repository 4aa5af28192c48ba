// Pickles: what is read is written and read again to the same.
#include <vector>

#include "saccade/checkpoint/pickle_writer.h"
#include "saccade/checkpoint/unpickler.h"
#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {
namespace {

constexpr std::int64_t kManyElements = 1 << 16;

bool is_small(const PickleTree& tree) {
  for (const RawTensor& tensor : tree.tensors)
    if (tensor.numel() > kManyElements) return false;
  return true;
}

// Reads a pickle and gives every storage that it speaks of the same bytes, as many as there are.
PickleTree tree_of(std::string_view pickle) {
  static const std::string data(1 << 16, 'x');
  Unpickled read = unpickle(bytes_of(pickle), "input");
  for (const PickledStorage& storage : read.storages)
    *storage.storage = Storage{bytes_of(data), nullptr};
  check_tensors(read, "input");
  return std::move(read.tree);
}

}  // namespace

void check_input(std::string_view input) {
  const PickleTree tree = tree_of(input);
  if (!is_small(tree)) return;
  for (const RawTensor& tensor : tree.tensors) contiguous_bytes(tensor);
  const Pickled written = pickle_of(tree);
  const Pickled again = pickle_of(tree_of(written.pickle));
  require(written.pickle == again.pickle, "a written pickle reads back to the same");
}

}  // namespace saccade::fuzz
