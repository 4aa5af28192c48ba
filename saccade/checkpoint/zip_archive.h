// The zip container of .pth files: stored entries only, every size checked against the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>

namespace saccade {

class ZipArchive {
 public:
  // Reads the central directory. Throws Error that starts with `name` when there is none, an entry
  // lies outside the file, or an entry is compressed or encrypted.
  ZipArchive(std::span<const std::byte> bytes, std::string name);

  bool has(const std::string& entry) const { return entries_.contains(entry); }
  // The bytes of an entry, its CRC-32 checked. Throws Error.
  std::span<const std::byte> read(const std::string& entry) const;
  // The name of the entry that ends with `suffix` and lies one folder deep; empty where there is none.
  std::string find_in_root(const std::string& suffix) const;

 private:
  struct Entry {
    std::uint64_t header = 0;
    std::uint64_t size = 0;
    std::uint32_t crc = 0;
  };
  [[noreturn]] void fail(const std::string& what) const;
  template <typename T>
  T number(std::uint64_t at) const;
  std::uint64_t find_end() const;
  void read_directory();
  std::uint64_t read_entry(std::uint64_t at);
  void read_zip64_sizes(std::uint64_t at, std::uint64_t end, std::uint64_t& size,
                        std::uint64_t& packed, std::uint64_t& header) const;

  std::span<const std::byte> bytes_;
  std::string name_;
  std::unordered_map<std::string, Entry> entries_;
};

// Whether the bytes start like a zip file.
bool looks_like_zip(std::span<const std::byte> bytes);

}  // namespace saccade
