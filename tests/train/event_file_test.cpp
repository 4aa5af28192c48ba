// TensorBoard event files, read back by a reader of their own.
#include "saccade/train/event_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <limits>
#include <map>
#include <vector>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/train/crc32c.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

// Takes bytes off the front of a text; runs out loudly.
struct Reader {
  std::string_view rest;

  std::string_view take(std::size_t count) {
    if (count > rest.size()) throw std::runtime_error("the bytes end too early");
    const std::string_view taken = rest.substr(0, count);
    rest.remove_prefix(count);
    return taken;
  }
  template <typename T>
  T number() {  // little endian, as this machine
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = number<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
  }
};

// The fields of a protobuf message, numbers as their bytes.
std::map<int, std::string> fields_of(std::string_view message) {
  std::map<int, std::string> fields;
  for (Reader in{message}; !in.rest.empty();) {
    const std::uint64_t key = in.varint();
    std::string& field = fields[static_cast<int>(key >> 3)];
    EXPECT_TRUE(field.empty()) << "field " << (key >> 3) << " comes twice";
    switch (key & 7) {
      case 0: {
        const std::uint64_t value = in.varint();
        field.assign(reinterpret_cast<const char*>(&value), sizeof value);
        break;
      }
      case 1:
        field = in.take(8);
        break;
      case 2:
        field = in.take(in.varint());
        break;
      case 5:
        field = in.take(4);
        break;
      default:
        throw std::runtime_error("unknown wire type");
    }
  }
  return fields;
}

template <typename T>
T as(const std::string& bytes) {
  return Reader{bytes}.number<T>();
}

// Bit by bit, unlike the table of the library.
std::uint32_t slow_masked_checksum(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char c : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool odd = (crc ^ (static_cast<unsigned char>(c) >> bit)) & 1;
      crc = (crc >> 1) ^ (odd ? 0x82F63B78u : 0);
    }
  }
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

// The messages of a file; checks both checksums of each record.
std::vector<std::map<int, std::string>> events_of(const fs::path& path) {
  const std::string bytes = read_file(path);
  std::vector<std::map<int, std::string>> events;
  for (Reader in{bytes}; !in.rest.empty();) {
    const std::string_view length = in.take(8);
    EXPECT_EQ(in.number<std::uint32_t>(), slow_masked_checksum(length));
    const std::string_view data = in.take(Reader{length}.number<std::uint64_t>());
    EXPECT_EQ(in.number<std::uint32_t>(), slow_masked_checksum(data));
    events.push_back(fields_of(data));
  }
  return events;
}

// The fields of an event's only value.
std::map<int, std::string> value_of(std::map<int, std::string>& event) {
  return fields_of(fields_of(event[5])[1]);
}

class EventFileTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_ =
      fs::path(testing::TempDir()) / ("saccade_events_" + std::to_string(::getpid()));
};

TEST(Crc32c, KnownAnswers) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);  // RFC 3720, B.4
}

TEST_F(EventFileTest, AnEmptyFileHoldsTheVersion) {
  EventFile file(folder_ / "new");
  file.flush();
  auto events = events_of(file.path());
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0][3], "brain.Event:2");
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_NEAR(as<double>(events[0][1]), now, 60);
  const std::string name = file.path().filename();
  EXPECT_EQ(name.rfind("events.out.tfevents.", 0), 0u) << name;
  EXPECT_EQ(fs::path(name).extension(), "." + std::to_string(::getpid()));
}

TEST_F(EventFileTest, ScalarsKeepTagStepAndValue) {
  EventFile file(folder_);
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<std::tuple<std::string, std::int64_t, double>> points = {
      {"loss/total", 0, 12.625}, {"lr", std::int64_t{1} << 40, 2e-4},
      {"loss/total", 127, -0.0}, {"loss/total", 300, NAN},
      {"grad", 1, -infinity},    {"\xC3\xA9", -1, 1e300},
  };
  for (const auto& [tag, step, value] : points) file.scalar(tag, step, value);
  file.flush();
  auto events = events_of(file.path());
  ASSERT_EQ(events.size(), points.size() + 1);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto& [tag, step, value] = points[i];
    auto found = value_of(events[i + 1]);
    EXPECT_EQ(found[1], tag);
    EXPECT_EQ(as<std::int64_t>(events[i + 1][2]), step);
    const auto number = as<float>(found[2]);
    const auto expected = static_cast<float>(value);
    EXPECT_TRUE(std::isnan(value) ? std::isnan(number) : number == expected) << tag << number;
    EXPECT_EQ(std::signbit(number), std::signbit(expected)) << tag;
  }
}

TEST_F(EventFileTest, PicturesKeepTheirBytesAndSize) {
  EventFile file(folder_);
  std::string png(3'000'000, '\0');  // more than is kept in memory
  for (std::size_t i = 0; i < png.size(); ++i) png[i] = static_cast<char>(i * i >> 3);
  file.image("val/street", 7, png, 640, 48);
  auto events = events_of(file.path());  // without flush
  ASSERT_EQ(events.size(), 2u);
  auto value = value_of(events[1]);
  EXPECT_EQ(value[1], "val/street");
  auto image = fields_of(value[4]);
  EXPECT_EQ(as<std::int64_t>(image[1]), 48);   // height
  EXPECT_EQ(as<std::int64_t>(image[2]), 640);  // width
  EXPECT_EQ(as<std::int64_t>(image[3]), 3);    // RGB
  EXPECT_TRUE(image[4] == png);
  EXPECT_THROW(file.image("val/street", 8, png, 0, 48), Error);
  EXPECT_THROW(file.image("val/street", 8, "", 640, 48), Error);
}

TEST_F(EventFileTest, TwoFilesOfAProcessAreTwo) {
  EventFile first(folder_), second(folder_);
  first.scalar("a", 1, 1);
  second.scalar("b", 1, 1);
  first.flush();
  second.flush();
  EXPECT_NE(first.path(), second.path());
  EXPECT_EQ(events_of(first.path()).size(), 2u);
  EXPECT_EQ(events_of(second.path()).size(), 2u);
}

TEST_F(EventFileTest, WhatIsLeftIsWrittenAtTheEnd) {
  fs::path path;
  {
    EventFile file(folder_);
    file.scalar("a", 1, 1);
    path = file.path();
  }
  EXPECT_EQ(events_of(path).size(), 2u);
}

TEST_F(EventFileTest, AFolderThatCannotBeMadeIsTheReason) {
  write_file(folder_ / "file", "12345");
  try {
    EventFile file(folder_ / "file" / "logs");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find((folder_ / "file" / "logs" / "events").string()),
              std::string::npos)
        << error.what();
  }
  tell_fault("a folder for TensorBoard's events that cannot be made", 1, "an error that names it");
}

// The largest file this process may write, for the lifetime of this.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    before_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit small{bytes, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }

 private:
  rlimit limit_{};
  void (*before_)(int);
};

TEST_F(EventFileTest, AFullDiskIsAnErrorThatLosesNoEvent) {
  EventFile file(folder_);
  for (int step = 0; step < 100; ++step) file.scalar("loss", step, step);
  {
    const FileSizeLimit limit(1000);  // in the middle of a record
    for (int attempt = 0; attempt < 2; ++attempt) {
      try {
        file.flush();
        ADD_FAILURE() << "no error";
      } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find(file.path().string()), std::string::npos);
      }
    }
  }
  EXPECT_EQ(fs::file_size(file.path()), 1000u);
  file.flush();
  auto events = events_of(file.path());
  ASSERT_EQ(events.size(), 101u);
  EXPECT_EQ(as<float>(value_of(events[100])[2]), 99.0f);
  tell_fault("TensorBoard's events on a full disk", 2,
             "errors that name the file; no event is lost once there is room");
}

}  // namespace
}  // namespace saccade
