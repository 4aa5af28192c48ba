// A TensorBoard event file: records around a few protobuf messages, written by hand.
#include "saccade/train/event_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <chrono>
#include <concepts>
#include <cstring>

#include "saccade/core/error.h"
#include "saccade/train/crc32c.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPending = 1 << 20;

template <std::unsigned_integral T>
void put_little_endian(std::string& out, T number) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(number >> (8 * i) & 0xFF);
}

// A protobuf message under way; the methods are its wire types.
class Message {
 public:
  Message& varint(int field, std::uint64_t number) {
    key(field, 0);
    base128(number);
    return *this;
  }
  Message& fixed64(int field, double number) {
    key(field, 1);
    put_little_endian(bytes_, std::bit_cast<std::uint64_t>(number));
    return *this;
  }
  Message& text(int field, std::string_view text) {
    key(field, 2);
    base128(text.size());
    bytes_ += text;
    return *this;
  }
  Message& fixed32(int field, float number) {
    key(field, 5);
    put_little_endian(bytes_, std::bit_cast<std::uint32_t>(number));
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void key(int field, unsigned wire_type) {
    base128(static_cast<unsigned>(field) << 3 | wire_type);
  }
  void base128(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) bytes_ += static_cast<char>((number & 0x7F) | 0x80);
    bytes_ += static_cast<char>(number);
  }

  std::string bytes_;
};

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Event: wall_time = 1, step = 2, file_version = 3, summary = 5.
Message event_now() { return Message().fixed64(1, seconds_since_1970()); }

// Summary: value = 1, one of them here. A step below 0 is a varint of ten bytes, as protobuf has it.
std::string event_of(std::int64_t step, const Message& value) {
  return event_now()
      .varint(2, static_cast<std::uint64_t>(step))
      .text(5, Message().text(1, value.bytes()).bytes())
      .bytes();
}

// A checksum of bytes that hold checksums would be weak, so records store them turned and shifted.
std::uint32_t masked_checksum(std::string_view bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xA282EAD8;
}

void put_record(std::string& out, std::string_view data) {
  std::string length;
  put_little_endian(length, std::uint64_t{data.size()});
  out += length;
  put_little_endian(out, masked_checksum(length));
  out += data;
  put_little_endian(out, masked_checksum(data));
}

fs::path file_name() {
  char host[256] = "localhost";
  ::gethostname(host, sizeof host - 1);
  return text_of("events.out.tfevents.", static_cast<std::int64_t>(seconds_since_1970()), ".", host,
                 ".", ::getpid());
}

}  // namespace

EventFile::EventFile(const fs::path& folder) : path_(folder / file_name()) {
  std::error_code no_folder;
  fs::create_directories(folder, no_folder);
  if (no_folder)
    throw Error(text_of(path_.string(), ": cannot make its folder: ", no_folder.message()));
  const fs::path first = path_;
  // O_EXCL: another run's events are never overwritten.
  for (int again = 1;
       (file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) < 0;
       ++again) {
    if (errno != EEXIST)
      throw Error(text_of(path_.string(), ": cannot make this file: ", std::strerror(errno)));
    path_ = first;
    path_ += text_of(".", again);
  }
  add(event_now().text(3, "brain.Event:2").bytes());
}

EventFile::~EventFile() {
  try {
    flush();
  } catch (const Error&) {  // a destructor must not throw
  }
  ::close(file_);
}

void EventFile::scalar(std::string_view tag, std::int64_t step, double value) {
  // Value: tag = 1, simple_value = 2.
  add(event_of(step, Message().text(1, tag).fixed32(2, static_cast<float>(value))));
}

void EventFile::image(std::string_view tag, std::int64_t step, std::string_view png, int width,
                      int height) {
  if (width < 1 || height < 1 || png.empty())
    throw Error(text_of(path_.string(), ": picture ", tag, " is ", width, " x ", height,
                        " pixels in ", png.size(), " bytes, expected some"));
  // Image: height = 1, width = 2, colorspace = 3 (3 is RGB), encoded_image_string = 4.
  Message image;
  image.varint(1, static_cast<unsigned>(height)).varint(2, static_cast<unsigned>(width));
  image.varint(3, 3).text(4, png);
  add(event_of(step, Message().text(1, tag).text(4, image.bytes())));  // Value: image = 4
}

void EventFile::add(std::string_view event) {
  put_record(pending_, event);
  if (pending_.size() >= kMaxPending) flush();
}

void EventFile::flush() {
  std::size_t written = 0;
  int fault = 0;
  while (written < pending_.size() && fault == 0) {
    const ssize_t count = ::write(file_, pending_.data() + written, pending_.size() - written);
    if (count > 0) written += static_cast<std::size_t>(count);
    if (count < 0 && errno != EINTR) fault = errno;
  }
  pending_.erase(0, written);
  if (fault != 0) throw Error(text_of(path_.string(), ": cannot write: ", std::strerror(fault)));
}

}  // namespace saccade
