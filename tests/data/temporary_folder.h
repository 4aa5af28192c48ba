// A folder for the files of one test, gone afterwards.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"

namespace saccade {

class InTemporaryFolder : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              text_of("saccade_", test->test_suite_name(), "_", test->name(), "_", ::getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Writes a file below the folder and returns its path.
  std::filesystem::path file(const std::string& name, const std::string& text) const {
    write_file(folder_ / name, text);
    return folder_ / name;
  }

  std::filesystem::path folder_;
};

// The message of the Error that `call` throws; "accepted" where it throws none.
template <typename Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace saccade
