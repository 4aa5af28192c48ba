// Which files are the frames of a sequence, in which order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace saccade {

struct FrameFiles {
  std::vector<std::filesystem::path> paths;  // two or more, by their numbers: f2 before f10
  std::vector<std::string>
      numbers;  // as the names write them; the whole stem where a name has none
};

// The images that the words stand for (input_images.h). Reads their headers. Throws UsageError for one image alone, Error for files that are missing,
// broken or of different sizes.
FrameFiles frame_files(const std::vector<std::string>& words, bool apply_exif);

// The frame of this file name, stem or number ("000120" or "120"); empty: the first. Throws UsageError.
std::int64_t frame_named(const FrameFiles& frames, const std::string& word);

}  // namespace saccade
