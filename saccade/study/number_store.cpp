// Rows of numbers in a file that grows.
#include "saccade/study/number_store.h"

#include <cstring>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr char kMagic[] = "saccade numbers 1\n";
constexpr std::uint32_t kRowMagic = 0x31524E53;  // "SNR1"

// Before each row's values.
struct RowHead {
  std::uint32_t magic = kRowMagic;
  std::int32_t row = 0;
  std::uint32_t count = 0;
  std::uint32_t checksum = 0;  // CRC-32 of the head, with 0 here, and the values
};
static_assert(sizeof(RowHead) == 16);

}  // namespace

std::string row_bytes(std::int32_t row, const std::vector<double>& values) {
  const std::string_view body(reinterpret_cast<const char*>(values.data()),
                              values.size() * sizeof(double));
  RowHead head{.row = row, .count = static_cast<std::uint32_t>(values.size())};
  head.checksum = checksum_of(head, body);
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  return bytes.append(body);
}

NumberStore::NumberStore(std::filesystem::path path, const std::string& description,
                         std::size_t row_length, bool replace_other)
    : RecordFile(std::move(path), "weights, images, detections"), row_length_(row_length) {
  open(text_of(kMagic, description.size(), " ", row_length, "\n", description, "\n"),
       replace_other);
}

std::size_t NumberStore::take(std::string_view bytes, std::uint64_t /*offset*/) {
  RowHead head;
  if (bytes.size() < sizeof head) return 0;
  std::memcpy(&head, bytes.data(), sizeof head);
  const std::size_t size = row_length_ * sizeof(double);
  if (head.magic != kRowMagic || head.count != row_length_ || bytes.size() - sizeof head < size)
    return 0;
  const std::string_view body = bytes.substr(sizeof head, size);
  if (checksum_of(head, body) != head.checksum || head.row < 0 || rows_.contains(head.row))
    return 0;
  std::vector<double>& values = rows_[head.row];
  values.resize(row_length_);
  if (size > 0) std::memcpy(values.data(), body.data(), size);
  return sizeof head + size;
}

}  // namespace saccade
