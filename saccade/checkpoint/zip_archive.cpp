// Reads the central directory of a zip file.
#include "saccade/checkpoint/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kCentralHeader = 0x02014b50;
constexpr std::uint32_t kEndOfDirectory = 0x06054b50;
constexpr std::uint32_t kZip64Locator = 0x07064b50;
constexpr std::uint32_t kZip64End = 0x06064b50;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;
constexpr std::uint64_t kMaxEntries = 2'000'000;

}  // namespace

bool looks_like_zip(std::span<const std::byte> bytes) {
  return bytes.size() >= 4 && std::memcmp(bytes.data(), "PK\x03\x04", 4) == 0;
}

void ZipArchive::fail(const std::string& what) const { throw Error(text_of(name_, ": ", what)); }

template <typename T>
T ZipArchive::number(std::uint64_t at) const {
  if (at > bytes_.size() || bytes_.size() - at < sizeof(T))
    fail("broken zip file: a record lies outside the file");
  T value;
  std::memcpy(&value, bytes_.data() + at, sizeof(T));
  return value;
}

ZipArchive::ZipArchive(std::span<const std::byte> bytes, std::string name)
    : bytes_(bytes), name_(std::move(name)) {
  read_directory();
}

// The end record lies in the last 22 bytes, or before a comment of at most 65,535.
std::uint64_t ZipArchive::find_end() const {
  const std::uint64_t size = bytes_.size();
  for (std::uint64_t back = 22; back <= std::min<std::uint64_t>(size, 22 + 65535); ++back)
    if (number<std::uint32_t>(size - back) == kEndOfDirectory) return size - back;
  fail("zip file without its directory: it is cut off (download it again)");
}

void ZipArchive::read_directory() {
  const std::uint64_t end = find_end();
  std::uint64_t count = number<std::uint16_t>(end + 10);
  std::uint64_t at = number<std::uint32_t>(end + 16);
  if (end >= 20 && number<std::uint32_t>(end - 20) == kZip64Locator) {
    const auto end64 = number<std::uint64_t>(end - 12);
    if (number<std::uint32_t>(end64) != kZip64End)
      fail("broken zip file: its 64-bit directory is missing");
    count = number<std::uint64_t>(end64 + 32);
    at = number<std::uint64_t>(end64 + 48);
  }
  if (count > kMaxEntries || count > bytes_.size() / 46)
    fail(text_of("broken zip file: ", count, " entries"));
  for (std::uint64_t i = 0; i < count; ++i) at = read_entry(at);
}

// The entry whose record begins at `at`; returns where the next one begins.
std::uint64_t ZipArchive::read_entry(std::uint64_t at) {
  if (number<std::uint32_t>(at) != kCentralHeader)
    fail("broken zip file: its directory is damaged");
  const auto flags = number<std::uint16_t>(at + 8);
  const auto method = number<std::uint16_t>(at + 10);
  const std::uint64_t name_end = at + 46 + number<std::uint16_t>(at + 28);
  const std::uint64_t extra_end = name_end + number<std::uint16_t>(at + 30);
  const std::uint64_t next = extra_end + number<std::uint16_t>(at + 32);
  std::uint64_t packed = number<std::uint32_t>(at + 20);
  Entry entry{number<std::uint32_t>(at + 42), number<std::uint32_t>(at + 24),
              number<std::uint32_t>(at + 16)};
  if (next > bytes_.size()) fail("broken zip file: its directory is cut off");
  const auto* const text = reinterpret_cast<const char*>(bytes_.data());
  const std::string entry_name(text + at + 46, text + name_end);
  read_zip64_sizes(name_end, extra_end, entry.size, packed, entry.header);
  if (flags & 1) fail(text_of("entry ", entry_name, " is encrypted"));
  if (method != 0 || packed != entry.size) {
    fail(text_of("entry ", entry_name,
                 " is compressed; torch.save stores entries as they are: save it again"));
  }
  if (entry.size > bytes_.size())
    fail(text_of("entry ", entry_name, " claims ", entry.size, " bytes, the file has ",
                 bytes_.size()));
  if (!entries_.emplace(entry_name, entry).second)
    fail(text_of("entry ", entry_name, " stands there twice"));
  return next;
}

// The extra field of kind 1 holds, in this order, those numbers that did not fit 32 bits.
void ZipArchive::read_zip64_sizes(std::uint64_t at, std::uint64_t end, std::uint64_t& size,
                                  std::uint64_t& packed, std::uint64_t& header) const {
  while (at + 4 <= end) {
    const auto kind = number<std::uint16_t>(at);
    const std::uint64_t field_end = at + 4 + number<std::uint16_t>(at + 2);
    if (field_end > end) return;
    std::uint64_t value_at = at + 4;
    for (std::uint64_t* value : {&size, &packed, &header}) {
      if (kind != 1 || *value != kIn64 || value_at + 8 > field_end) continue;
      *value = number<std::uint64_t>(value_at);
      value_at += 8;
    }
    at = field_end;
  }
}

std::span<const std::byte> ZipArchive::read(const std::string& entry_name) const {
  const auto found = entries_.find(entry_name);
  if (found == entries_.end()) fail(text_of("entry ", entry_name, " is missing"));
  const Entry& entry = found->second;
  if (number<std::uint32_t>(entry.header) != kLocalHeader)
    fail(text_of("entry ", entry_name, " has no header"));
  const std::uint64_t begin = entry.header + 30 + number<std::uint16_t>(entry.header + 26) +
                              number<std::uint16_t>(entry.header + 28);
  if (begin > bytes_.size() || entry.size > bytes_.size() - begin) {
    fail(text_of("entry ", entry_name, " is cut off: ", entry.size, " bytes expected"));
  }
  const auto data = bytes_.subspan(begin, entry.size);
  const auto crc =
      crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(data.data()), data.size());
  if (crc != entry.crc)
    fail(text_of("entry ", entry_name, " is damaged (CRC-32 does not match): download it again"));
  return data;
}

std::string ZipArchive::find_in_root(const std::string& suffix) const {
  for (const auto& [name, entry] : entries_) {
    const auto slash = name.find('/');
    if (slash != std::string::npos && name.substr(slash + 1) == suffix) return name;
  }
  return "";
}

}  // namespace saccade
