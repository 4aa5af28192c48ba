// Expands folders and patterns.
#include "saccade/cli/input_images.h"

#include <glob.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "saccade/core/error.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

// Pictures of any kind; those we cannot read are reported one by one, not passed over.
bool is_picture(const fs::path& path) {
  static constexpr std::array<std::string_view, 9> kSuffixes = {
      ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".jfif"};
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
}

std::vector<fs::path> images_in(const fs::path& folder) {
  std::vector<fs::path> images;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && is_picture(entry.path())) images.push_back(entry.path());
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
