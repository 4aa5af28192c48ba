// What the fuzz targets share. Each defines check_input() (see there), which fuzz_main.cpp calls.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "saccade/core/error.h"

namespace saccade::fuzz {

// Feeds one input to a reader and checks what comes of it. saccade::Error may leave it, as a reader's way to refuse;
// any other exception, a sanitizer's report or a require() that fails is a finding.
void check_input(std::string_view input);

// Ends the process, which libFuzzer reports with the input, unless `holds`.
void require(bool holds, const char* what);

// The input as readers of bytes want it.
std::span<const std::byte> bytes_of(std::string_view text);

// A file in memory that holds the last text it was given, for readers that want a path.
class InputFile {
 public:
  InputFile();
  ~InputFile();
  InputFile(const InputFile&) = delete;

  const std::filesystem::path& with(std::string_view text);

 private:
  int descriptor_;
  std::filesystem::path path_;
};

// A folder that is empty when the process starts and gone when it ends.
class InputFolder {
 public:
  InputFolder();
  ~InputFolder();
  InputFolder(const InputFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace saccade::fuzz
