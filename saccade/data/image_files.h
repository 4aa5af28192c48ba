// The image files of a data set: finding them, their size, and putting them where a tool expects them.
#pragma once

#include <filesystem>
#include <vector>

namespace saccade {

// Pixels as stored; `turned` where the EXIF orientation would show them otherwise.
struct StoredSize {
  int width = 0, height = 0;
  bool turned = false;
};

// Throws Error that names the file: no JPEG or PNG, broken.
StoredSize stored_size(const std::filesystem::path& image);

// Image files below a folder, sub-folders too, by name. Throws Error where there is none.
std::vector<std::filesystem::path> images_below(const std::filesystem::path& folder);

// Makes `target` show `image`: as a symbolic link to its absolute path, or as a copy. What is there is
// replaced, unless it is that very file. Throws Error.
void place_image(const std::filesystem::path& image, const std::filesystem::path& target,
                 bool copy);

}  // namespace saccade
