// Checkpoints in both layouts of torch.save: what is read is written and read again to the same tensors.
#include <zlib.h>

#include <cstdint>
#include <cstring>

#include "saccade/checkpoint/pth_reader.h"
#include "saccade/checkpoint/pth_writer.h"
#include "saccade/checkpoint/safetensors.h"
#include "saccade/core/file_io.h"
#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {
namespace {

constexpr std::int64_t kManyElements = 1 << 16;

bool is_small(const PickleTree& tree) {
  std::int64_t sum = 0;
  for (const RawTensor& tensor : tree.tensors) {
    if (tensor.numel() > kManyElements) return false;
    sum += tensor.numel();
  }
  return sum <= kManyElements;
}

}  // namespace

void check_input(std::string_view input) {
  static const InputFolder folder;
  const PickleTree tree = read_pth(bytes_of(input), nullptr, "input");
  if (!is_small(tree)) return;
  const WeightsFile weights = weights_from_pickle(tree, "input");
  const std::filesystem::path file = folder.path() / "written.pth";
  write_weights_pth(file, weights);
  const WeightsFile again = read_weights(file);
  require(safetensors_bytes(again.tensors, {}) == safetensors_bytes(weights.tensors, {}),
          "the tensors of a written checkpoint read back to the same");
}

// Without right checksums the entries of a zip file would never be looked into.
void repair_checksums(std::uint8_t* data, std::size_t size) {
  const auto number = [&](std::size_t at, int bytes) {
    std::uint64_t value = 0;
    for (int i = bytes; i-- > 0;) value = value << 8 | (at + i < size ? data[at + i] : 0);
    return value;
  };
  for (std::size_t at = 0; at + 46 <= size; ++at) {
    if (std::memcmp(data + at, "PK\x01\x02", 4) != 0) continue;
    const std::uint64_t length = number(at + 24, 4), header = number(at + 42, 4);
    const std::uint64_t begin = header + 30 + number(header + 26, 2) + number(header + 28, 2);
    if (begin > size || length > size - begin) continue;
    const auto sum = static_cast<std::uint32_t>(
        crc32_z(crc32_z(0, nullptr, 0), data + begin, static_cast<std::size_t>(length)));
    std::memcpy(data + at + 16, &sum, sizeof(sum));
  }
}

}  // namespace saccade::fuzz

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  const std::size_t mutated = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 != 0) saccade::fuzz::repair_checksums(data, mutated);
  return mutated;
}
