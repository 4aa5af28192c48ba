// Whole files in and out.
#include "saccade/core/file_io.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <atomic>
#include <csignal>
#include <fstream>

#include "saccade/core/error.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

class FileIo : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_ =
      fs::path(testing::TempDir()) / ("saccade_file_io_" + std::to_string(::getpid()));
};

TEST_F(FileIo, WhatWasWrittenIsReadAndMapped) {
  const fs::path path = folder_ / "new" / "a.bin";
  const std::string bytes("a\0b", 3);
  write_file(path, bytes);
  EXPECT_EQ(read_file(path), bytes);
  EXPECT_EQ(MappedFile(path).bytes().size(), 3u);
}

TEST_F(FileIo, AFailedWriteLeavesTheOldFileAndNoTemporary) {
  const fs::path path = folder_ / "a.txt";
  write_file(path, "old");
  EXPECT_THROW(write_file_with(path,
                               [](const fs::path& temporary) {
                                 std::ofstream(temporary) << "half";
                                 throw Error("disk full");
                               }),
               Error);
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
  tell_fault("a write that fails half-way", 1, "the old file whole, nothing half-written");
}

// In a folder that others may write to, a link of the temporary file's name must not lead us to another file.
TEST_F(FileIo, ALinkInPlaceOfTheTemporaryFileIsNotFollowed) {
  const fs::path path = folder_ / "a.txt", other = folder_ / "other";
  write_file(other, "precious");
  fs::create_symlink(other, folder_ / (".a." + std::to_string(::getpid()) + ".tmp.txt"));
  write_file(path, "new");
  EXPECT_EQ(read_file(other), "precious");
  EXPECT_EQ(read_file(path), "new");
  EXPECT_FALSE(fs::is_symlink(path));
  tell_fault("a link to another file in the place of the temporary one", 1, "not followed");
}

TEST_F(FileIo, ErrorsNameTheFile) {
  for (const fs::path& path : {folder_ / "missing", folder_}) {
    try {
      read_file(path);
      FAIL() << "no error for " << path;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
    }
  }
  write_file(folder_ / "big", "12345");
  EXPECT_THROW(read_file(folder_ / "big", 4), Error);
}

TEST_F(FileIo, AFolderThatCannotBeMadeIsTheReason) {
  write_file(folder_ / "file", "12345");
  try {
    write_file(folder_ / "file" / "new" / "a.txt", "text");
    FAIL() << "written below a file";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("cannot make its folder: Not a directory"),
              std::string::npos)
        << error.what();
  }
  tell_fault("a folder that cannot be made", 1, "an error that says why");
}

// Opening a pipe without a writer waits for one, by default for ever.
TEST_F(FileIo, APipeIsNoFileAndIsNotWaitedFor) {
  const fs::path pipe = folder_ / "pipe.jpg";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THROW(read_file(pipe), Error);
  EXPECT_THROW(MappedFile{pipe}, Error);
}

TEST_F(FileIo, WhatIsNoFileIsNotReplacedByOne) {
  const fs::path pipe = folder_ / "pipe.json", link = folder_ / "null.json";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  fs::create_symlink("/dev/null", link);
  EXPECT_THROW(write_file(pipe, "x"), Error);
  EXPECT_THROW(write_file(link, "x"), Error);
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_TRUE(fs::is_symlink(link));
}

TEST_F(FileIo, AFailedOpenKeepsNoDescriptor) {
  const auto open_files = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator{});
  };
  const auto before = open_files();
  for (int i = 0; i < 10; ++i) EXPECT_THROW(MappedFile{folder_}, Error);
  EXPECT_EQ(open_files(), before);
}

std::atomic<int> signals_seen{0};

// A signal each 200 microseconds whose handler does not ask for system calls to go on by themselves.
class Disturbance {
 public:
  Disturbance() {
    struct sigaction action {};
    action.sa_handler = [](int) { ++signals_seen; };
    ::sigaction(SIGALRM, &action, &before_);
    const itimerval often{{0, 200}, {0, 200}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
  }
  ~Disturbance() {
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before_, nullptr);
  }

 private:
  struct sigaction before_ {};
};

TEST_F(FileIo, SignalsWhileItReadsAndWritesAreNoFaults) {
  const std::string bytes(3 << 20, 'x');
  {
    const Disturbance disturbance;
    for (int i = 0; i < 20; ++i) {
      const fs::path path = folder_ / text_of(i);
      write_file_with(
          path, [&](const fs::path& temporary) { std::ofstream(temporary) << bytes; },
          Durability::kSynced);
      ASSERT_EQ(read_file(path), bytes);
    }
  }
  EXPECT_GT(signals_seen, 20);
  tell_fault("a signal every 200 µs while files are written and read", signals_seen,
             "every file as it was written");
}

}  // namespace
}  // namespace saccade
