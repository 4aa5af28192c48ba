// The image files of a data set: finding them, and putting them where a tool expects them.
#pragma once

#include <filesystem>
#include <vector>

namespace saccade {

// Image files below a folder, sub-folders too, by name. Throws Error where there is none.
std::vector<std::filesystem::path> images_below(const std::filesystem::path& folder);

// Makes `target` show `image`: as a symbolic link to its absolute path, or as a copy. What is there is
// replaced, unless it is that very file. Throws Error.
void place_image(const std::filesystem::path& image, const std::filesystem::path& target,
                 bool copy);

}  // namespace saccade
