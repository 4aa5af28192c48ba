// A file of records that grows.
#include "saccade/study/record_file.h"

#include <zlib.h>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"

namespace saccade {

void RecordFile::open(std::string_view header, bool replace_other) {
  if (!std::filesystem::exists(path_)) {
    begin(header);
  } else if (!go_on(header)) {
    if (!replace_other)
      throw Error(text_of(path_.string(), ": is of another study (other ", things_,
                          " or options); remove it, or add --overwrite"));
    begin(header);
  }
  out_.open(path_, std::ios::binary | std::ios::app);
  if (!out_) throw Error(text_of(path_.string(), ": cannot be written"));
}

void RecordFile::begin(std::string_view header) {
  write_file(path_, header);
  size_ = header.size();
}

// What lies behind the last whole record is cut off.
bool RecordFile::go_on(std::string_view header) {
  std::uint64_t length = 0;
  {
    const MappedFile file(path_);
    const std::string_view bytes(reinterpret_cast<const char*>(file.bytes().data()),
                                 file.bytes().size());
    if (!bytes.starts_with(header)) return false;
    length = bytes.size();
    size_ = header.size();
    while (const std::size_t size = take(bytes.substr(size_), size_)) size_ += size;
  }
  if (size_ < length) std::filesystem::resize_file(path_, size_);
  return true;
}

void RecordFile::append(std::string_view records) {
  for (std::size_t at = 0; at < records.size();) {
    const std::size_t size = take(records.substr(at), size_ + at);
    if (size == 0) throw Error("a rank sent records that are damaged");
    at += size;
  }
  out_.write(records.data(), static_cast<std::streamsize>(records.size()));
  out_.flush();
  if (!out_) throw Error(text_of(path_.string(), ": cannot be written; is the disk full?"));
  size_ += records.size();
}

std::uint32_t crc32_of(std::string_view head, std::string_view body) {
  uLong sum = crc32(0, reinterpret_cast<const Bytef*>(head.data()), static_cast<uInt>(head.size()));
  for (std::size_t at = 0; at < body.size();) {
    const std::string_view part = body.substr(at, std::size_t{1} << 30);
    sum = crc32(sum, reinterpret_cast<const Bytef*>(part.data()), static_cast<uInt>(part.size()));
    at += part.size();
  }
  return static_cast<std::uint32_t>(sum);
}

}  // namespace saccade
