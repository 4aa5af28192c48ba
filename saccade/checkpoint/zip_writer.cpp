// Writes stored zip entries (PKWARE APPNOTE 6.3, sections 4.3 and 4.5.3).
#include "saccade/checkpoint/zip_writer.h"

#include <zlib.h>

#include <cstring>

namespace saccade {
namespace {

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kMax32 = 0xFFFFFFFF;
constexpr std::uint64_t kMax16 = 0xFFFF;
constexpr std::size_t kLocalHeaderBytes = 30;
constexpr std::uint16_t kUtf8Names = 0x0800;
constexpr std::uint16_t kDay = 0x0021;  // 1 January 1980: the same tensors give the same file

// A record as little-endian numbers one after another.
class Record {
 public:
  Record& u16(std::uint64_t number) { return put(number, 2); }
  Record& u32(std::uint64_t number) { return put(number, 4); }
  Record& u64(std::uint64_t number) { return put(number, 8); }
  // A number in a 32-bit field; what does not fit says "look into the zip64 record".
  Record& u32_or_64(std::uint64_t number) { return u32(number < kMax32 ? number : kMax32); }
  Record& text(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  Record& put(std::uint64_t number, int size) {
    for (int i = 0; i < size; ++i) bytes_ += static_cast<char>(number >> (8 * i) & 0xFF);
    return *this;
  }
  std::string bytes_;
};

}  // namespace

void ZipWriter::put(std::string_view bytes) {
  out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  at_ += bytes.size();
}

void ZipWriter::add(const std::string& name, std::span<const std::byte> data) {
  const auto crc = static_cast<std::uint32_t>(
      crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(data.data()), data.size()));
  const Entry entry{name, data.size(), at_, data.empty() ? 0 : crc};
  Record extra;
  if (entry.size >= kMax32) extra.u16(1).u16(16).u64(entry.size).u64(entry.size);
  // A field "FB" of filling brings the data to the next multiple of 64, as torch does it.
  const std::uint64_t unpadded = at_ + kLocalHeaderBytes + name.size() + extra.bytes().size() + 4;
  const std::uint64_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;
  extra.text("FB").u16(padding).text(std::string(padding, 'Z'));
  Record header;
  header.u32(0x04034b50).u16(entry.size >= kMax32 ? 45 : 20).u16(kUtf8Names).u16(0).u16(0);
  header.u16(kDay).u32(entry.crc).u32_or_64(entry.size).u32_or_64(entry.size);
  header.u16(name.size()).u16(extra.bytes().size()).text(name).text(extra.bytes());
  put(header.bytes());
  put({reinterpret_cast<const char*>(data.data()), data.size()});
  entries_.push_back(entry);
}

void ZipWriter::add(const std::string& name, std::string_view text) {
  add(name, std::as_bytes(std::span<const char>(text.data(), text.size())));
}

std::string ZipWriter::directory_record(const Entry& entry) const {
  Record wide;
  if (entry.size >= kMax32) wide.u64(entry.size).u64(entry.size);
  if (entry.header >= kMax32) wide.u64(entry.header);
  Record extra;
  if (!wide.bytes().empty()) extra.u16(1).u16(wide.bytes().size()).text(wide.bytes());
  const std::uint64_t version = wide.bytes().empty() ? 20 : 45;
  Record record;
  record.u32(0x02014b50).u16(version).u16(version).u16(kUtf8Names).u16(0).u16(0).u16(kDay);
  record.u32(entry.crc).u32_or_64(entry.size).u32_or_64(entry.size);
  record.u16(entry.name.size()).u16(extra.bytes().size()).u16(0).u16(0).u16(0).u32(0);
  record.u32_or_64(entry.header).text(entry.name).text(extra.bytes());
  return record.bytes();
}

void ZipWriter::finish() {
  const std::uint64_t start = at_;
  for (const Entry& entry : entries_) put(directory_record(entry));
  const std::uint64_t size = at_ - start;
  const std::uint64_t count = entries_.size();
  if (count >= kMax16 || size >= kMax32 || start >= kMax32) {
    const std::uint64_t wide_end = at_;
    Record wide;
    wide.u32(0x06064b50).u64(44).u16(45).u16(45).u32(0).u32(0).u64(count).u64(count);
    wide.u64(size).u64(start).u32(0x07064b50).u32(0).u64(wide_end).u32(1);
    put(wide.bytes());
  }
  const std::uint64_t count16 = count < kMax16 ? count : kMax16;
  Record end;
  end.u32(0x06054b50).u16(0).u16(0).u16(count16).u16(count16);
  put(end.u32_or_64(size).u32_or_64(start).u16(0).bytes());
}

}  // namespace saccade
