// Reads pickles and checks the tensors they describe.
#include "saccade/checkpoint/unpickler.h"

#include "saccade/checkpoint/pickle_machine.h"
#include "saccade/core/error.h"

namespace saccade {

NodeId PickleTree::find(NodeId dict, std::string_view key) const {
  const auto& items = nodes[dict].items;
  const bool has_keys =
      nodes[dict].kind == PickleKind::kDict || nodes[dict].kind == PickleKind::kNamespace;
  NodeId found = kNoNode;  // of equal keys the last one counts
  for (std::size_t i = 0; has_keys && i + 1 < items.size(); i += 2) {
    if (nodes[items[i]].kind == PickleKind::kString && nodes[items[i]].text == key)
      found = items[i + 1];
  }
  return found;
}

Unpickled unpickle(std::span<const std::byte> bytes, const std::string& name) {
  return PickleMachine(bytes, name).read();
}

void check_tensors(const Unpickled& unpickled, const std::string& name) {
  constexpr std::int64_t kManyBytes = std::int64_t{1} << 30;
  std::int64_t stored = 0, shown = 0;  // bytes of all storages; of all tensors, written out
  for (const auto& storage : unpickled.storages)
    stored += static_cast<std::int64_t>(storage.storage->bytes.size());
  for (const RawTensor& tensor : unpickled.tree.tensors) {
    const auto fail = [&](const char* what) {
      throw Error(text_of(name, ": a tensor of shape ", shape_text(tensor.shape), " ", what));
    };
    const auto size = static_cast<std::int64_t>(size_of(tensor.dtype));
    const auto room = static_cast<std::int64_t>(tensor.storage->bytes.size()) / size;
    const auto count = checked_numel(tensor.shape);
    if (tensor.shape.size() != tensor.strides.size() || tensor.shape.size() > 64)
      fail("has another number of strides");
    if (!count || tensor.offset < 0) fail("has a negative or impossible size or offset");
    std::int64_t last = tensor.offset;
    for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
      std::int64_t step = 0;
      if (tensor.strides[d] < 0) fail("has a negative stride");
      if (*count > 0 && (__builtin_mul_overflow(tensor.shape[d] - 1, tensor.strides[d], &step) ||
                         __builtin_add_overflow(last, step, &last))) {
        fail("has strides that leave 64 bits");
      }
    }
    if (*count > 0 && last >= room) fail("reads past the end of its storage");
    if (*count > kManyBytes / size && *count / 64 > room)
      fail("is expanded from a far smaller storage");
    // A few bytes of pickle each make thousands of views of one storage: small in memory, huge when they are converted.
    if (__builtin_add_overflow(shown, *count * size, &shown) ||
        (shown > kManyBytes && shown / 64 > stored))
      fail("and those before it show far more bytes than the file has");
  }
}

}  // namespace saccade
