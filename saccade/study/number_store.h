// Rows of numbers in a file that grows: a study that was cut off goes on where it was, with the same bits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

// A row as it lies in the file and travels between processes: its number, its values and a checksum.
std::string row_bytes(std::int32_t row, const std::vector<double>& values);

class NumberStore {
 public:
  // Begins a file, or goes on with one of the same `description` (what decides the numbers: weights, images, options
  // ...) and length of rows. A row that is cut off or damaged counts as not there, with those behind it. Throws Error for
  // a file of something else, unless that may be replaced, and for one that cannot be written.
  NumberStore(std::filesystem::path path, const std::string& description, std::size_t row_length,
              bool replace_other = false);

  // Those that are there, by number.
  const std::map<std::int32_t, std::vector<double>>& rows() const { return rows_; }
  // Appends rows as row_bytes gave them, one or several, and flushes. Throws Error: bytes that are none, a row that is there
  // already, a full disk.
  void append(std::string_view bytes);

 private:
  void begin(const std::string& header);
  // False where the file is of something else.
  bool go_on(const std::string& header);
  // Takes the row at the front of `bytes`; returns its size, 0 where there is no whole one.
  std::size_t take_row(std::string_view bytes);

  const std::filesystem::path path_;
  const std::size_t row_length_;
  std::map<std::int32_t, std::vector<double>> rows_;
  std::ofstream out_;
};

}  // namespace saccade
