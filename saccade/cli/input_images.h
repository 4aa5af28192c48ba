// Which image files a user means: files, folders, patterns.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace saccade {

// Files stay as given; a folder stands for its image files, sorted by name; a word with * ? or [ that
// is no file is a pattern. Throws Error for a word that leads to nothing.
std::vector<std::filesystem::path> input_images(const std::vector<std::string>& words);

}  // namespace saccade
