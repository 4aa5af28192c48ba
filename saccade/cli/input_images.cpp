// Expands folders and patterns.
#include "saccade/cli/input_images.h"

#include <glob.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> images_in(const fs::path& folder) {
  std::vector<fs::path> images;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && is_image_name(entry.path())) images.push_back(entry.path());
  }
  std::sort(images.begin(), images.end());
  if (images.empty()) throw Error(text_of(folder.string(), ": no image files in this folder"));
  return images;
}

std::vector<fs::path> images_like(const std::string& pattern) {
  glob_t found{};
  std::vector<fs::path> images;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    images.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  if (images.empty()) throw Error(text_of(pattern, ": no such file"));
  return images;
}

}  // namespace

std::vector<fs::path> input_images(const std::vector<std::string>& words) {
  std::vector<fs::path> images;
  for (const std::string& word : words) {
    std::error_code ignored;
    std::vector<fs::path> more = {word};
    if (fs::is_directory(word, ignored)) {
      more = images_in(word);
    } else if (!fs::exists(word, ignored) && word.find_first_of("*?[") != std::string::npos) {
      more = images_like(word);
    } else if (!fs::exists(word, ignored)) {
      throw Error(text_of(word, ": no such file"));
    }
    images.insert(images.end(), more.begin(), more.end());
  }
  return images;
}

}  // namespace saccade
