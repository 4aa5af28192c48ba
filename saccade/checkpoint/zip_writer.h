// Writes the zip container of .pth files as torch does: stored entries whose data start at
// multiples of 64 bytes, so that torch.load can map them.
#pragma once

#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

class ZipWriter {
 public:
  explicit ZipWriter(std::ostream& out) : out_(out) {}

  // Entries and archives of 4 GB and more get zip64 records.
  void add(const std::string& entry, std::span<const std::byte> data);
  void add(const std::string& entry, std::string_view text);
  // The central directory; nothing can be added afterwards.
  void finish();

 private:
  struct Entry {
    std::string name;
    std::uint64_t size = 0;
    std::uint64_t header = 0;
    std::uint32_t crc = 0;
  };
  void put(std::string_view bytes);
  std::string directory_record(const Entry& entry) const;

  std::ostream& out_;
  std::uint64_t at_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace saccade
