// Rows of numbers in a file that grows.
#include "saccade/study/number_store.h"

#include <zlib.h>

#include <cstring>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"

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

std::uint32_t checksum_of(RowHead head, std::string_view values) {
  head.checksum = 0;
  const uLong sum = crc32(0, reinterpret_cast<const Bytef*>(&head), sizeof head);
  return static_cast<std::uint32_t>(
      crc32(sum, reinterpret_cast<const Bytef*>(values.data()), static_cast<uInt>(values.size())));
}

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
    : path_(std::move(path)), row_length_(row_length) {
  const std::string header =
      text_of(kMagic, description.size(), " ", row_length, "\n", description, "\n");
  if (!std::filesystem::exists(path_)) {
    begin(header);
  } else if (!go_on(header)) {
    if (!replace_other)
      throw Error(text_of(path_.string(),
                          ": is of another study (other weights, images, detections or "
                          "options); remove it, or add --overwrite"));
    begin(header);
  }
  out_.open(path_, std::ios::binary | std::ios::app);
  if (!out_) throw Error(text_of(path_.string(), ": cannot be written"));
}

void NumberStore::begin(const std::string& header) { write_file(path_, header); }

// What lies behind the last whole row is cut off.
bool NumberStore::go_on(const std::string& header) {
  const std::string bytes = read_file(path_);
  if (bytes.compare(0, header.size(), header) != 0) return false;
  std::size_t whole = header.size();
  while (const std::size_t size = take_row(std::string_view(bytes).substr(whole))) whole += size;
  if (whole < bytes.size()) std::filesystem::resize_file(path_, whole);
  return true;
}

std::size_t NumberStore::take_row(std::string_view bytes) {
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

void NumberStore::append(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = take_row(bytes.substr(at));
    if (size == 0) throw Error("a rank sent numbers that are damaged");
    at += size;
  }
  out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out_.flush();
  if (!out_) throw Error(text_of(path_.string(), ": cannot be written; is the disk full?"));
}

}  // namespace saccade
