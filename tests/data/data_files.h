// Small files that the tests of data/ write and read.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"

namespace saccade {

// A file of this test in the folder for temporary files.
inline std::filesystem::path test_file(const std::string& name) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  return std::filesystem::path(::testing::TempDir()) /
         text_of("saccade_", test->test_suite_name(), "_", test->name()) / name;
}

inline std::filesystem::path write_test_file(const std::string& name, std::string_view text) {
  write_file(test_file(name), text);
  return test_file(name);
}

// What `call` throws as Error; empty where it throws nothing.
template <typename Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace saccade
