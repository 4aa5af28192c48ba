// Rows of numbers in a file that grows: a study that was cut off goes on where it was, with the same bits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "saccade/study/record_file.h"

namespace saccade {

// A row as it lies in the file and travels between processes: its number, its values and a checksum.
std::string row_bytes(std::int32_t row, const std::vector<double>& values);

class NumberStore : public RecordFile {
 public:
  // Opens a file of this `description` (what decides the numbers: weights, images, options ...) and length of rows, as
  // RecordFile::open.
  NumberStore(std::filesystem::path path, const std::string& description, std::size_t row_length,
              bool replace_other = false);

  // Those that are there, by number.
  const std::map<std::int32_t, std::vector<double>>& rows() const { return rows_; }

 private:
  std::size_t take(std::string_view bytes, std::uint64_t offset) override;

  const std::size_t row_length_;
  std::map<std::int32_t, std::vector<double>> rows_;
};

}  // namespace saccade
