// A file of records that grows: a study that was cut off goes on where it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace saccade {

class RecordFile {
 public:
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;

  // Appends records, one or several, and flushes. Throws Error: bytes that are no record, one that is there already, a full disk.
  void append(std::string_view records);

 protected:
  // `things`: what a file of another study may have others of, for the message, such as "weights, images, units".
  RecordFile(std::filesystem::path path, std::string things)
      : path_(std::move(path)), things_(std::move(things)) {}
  virtual ~RecordFile() = default;

  // Begins a file with the header, or goes on with one that begins so. A record that is cut off or damaged counts as not there,
  // with those behind it. Throws Error for a file of something else, unless that may be replaced, and for one that cannot be written.
  void open(std::string_view header, bool replace_other);
  // Takes the record at the front of `bytes`, which lies at `offset` of the file; returns its size, 0 where there is no whole one.
  virtual std::size_t take(std::string_view bytes, std::uint64_t offset) = 0;

  const std::filesystem::path path_;

 private:
  void begin(std::string_view header);
  // False where the file is of something else.
  bool go_on(std::string_view header);

  const std::string things_;
  std::uint64_t size_ = 0;
  std::ofstream out_;
};

// CRC-32 of what stands before a record, whose own `checksum` counts as 0, and of the record's body.
std::uint32_t crc32_of(std::string_view head, std::string_view body);
template <typename Head>
std::uint32_t checksum_of(Head head, std::string_view body) {
  head.checksum = 0;
  return crc32_of({reinterpret_cast<const char*>(&head), sizeof head}, body);
}

}  // namespace saccade
