// Which files are the frames of a sequence.
#include "saccade/cli/frame_files.h"

#include <algorithm>

#include "saccade/cli/input_images.h"
#include "saccade/core/error.h"
#include "saccade/core/natural_order.h"
#include "saccade/image/image_probe.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

void check_sizes(const std::vector<fs::path>& paths, bool apply_exif) {
  const ImageSize first = probe_image_file(paths.front()).shown_size(apply_exif);
  for (const fs::path& path : paths) {
    const ImageSize size = probe_image_file(path).shown_size(apply_exif);
    if (size != first)
      throw Error(text_of(path.string(), ": is ", size.width, " x ", size.height, ", ",
                          paths.front().string(), " ", first.width, " x ", first.height,
                          "; the frames of a sequence have one size: name those of one alone"));
  }
}

std::string without_zeros(const std::string& number) {
  return number.substr(std::min(number.find_first_not_of('0'), number.size() - 1));
}

bool is_called(const FrameFiles& frames, std::size_t i, const std::string& word) {
  const fs::path& path = frames.paths[i];
  if (word == path.string() || word == path.filename().string() || word == path.stem().string())
    return true;
  const bool is_number = word.find_first_not_of("0123456789") == std::string::npos;
  const std::string number = ending_number(path.filename().string());
  return is_number && !number.empty() && without_zeros(word) == without_zeros(number);
}

}  // namespace

FrameFiles frame_files(const std::vector<std::string>& words, bool apply_exif) {
  FrameFiles frames{input_images(words), {}};
  std::sort(frames.paths.begin(), frames.paths.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.string(), b.string());
  });
  frames.paths.erase(std::unique(frames.paths.begin(), frames.paths.end()), frames.paths.end());
  if (frames.paths.size() == 1)
    throw UsageError(
        text_of(frames.paths.front().string(),
                ": is one image, a sequence has two or more; saccade explain shows one"));
  check_sizes(frames.paths, apply_exif);
  for (const fs::path& path : frames.paths) {
    const std::string number = ending_number(path.filename().string());
    frames.numbers.push_back(number.empty() ? path.stem().string() : number);
  }
  return frames;
}

std::int64_t frame_named(const FrameFiles& frames, const std::string& word) {
  if (word.empty()) return 0;
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < frames.paths.size(); ++i)
    if (is_called(frames, i, word)) found.push_back(i);
  const auto name = [&](std::size_t i) { return frames.paths[i].filename().string(); };
  if (found.empty())
    throw UsageError(text_of("--start ", word, ": no frame has this name or number; they go from ",
                             name(0), " to ", name(frames.paths.size() - 1)));
  if (found.size() > 1)
    throw UsageError(text_of("--start ", word, ": is the number of ", name(found[0]), " and of ",
                             name(found[1]), "; give the whole name"));
  return static_cast<std::int64_t>(found.front());
}

}  // namespace saccade
