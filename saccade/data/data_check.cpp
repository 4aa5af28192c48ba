// Are the images of a data set there, whole, and of the size its annotation file says?
#include "saccade/data/data_check.h"

#include <algorithm>
#include <mutex>
#include <span>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/core/parallel.h"
#include "saccade/image/decode.h"
#include "saccade/image/image_probe.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

// A message without the name it begins with.
std::string without_name(const std::string& message, const std::string& name) {
  return message.rfind(name + ": ", 0) == 0 ? message.substr(name.size() + 2) : message;
}

ImageProbe probe(const fs::path& path, ImageCheck depth) {
  const std::string text = read_file(path);
  const auto bytes = std::as_bytes(std::span(text));
  const ImageProbe probed = probe_image(bytes, path.string());
  if (depth == ImageCheck::kDecode) decode_image(bytes, path.string(), false);
  return probed;
}

void compare(const CocoImage& image, const ImageProbe& probed, const std::string& where,
             std::vector<DataProblem>& problems) {
  const bool known = image.width > 0 && image.height > 0;
  if (known && (image.width != probed.width || image.height != probed.height)) {
    std::string what =
        text_of("is ", probed.width, " x ", probed.height, " pixels, its annotations ", "are for ",
                image.width, " x ", image.height);
    const bool swapped = image.width == probed.height && image.height == probed.width;
    if (swapped && probed.orientation >= 5)
      what += " (as its EXIF turns it; data sets are read as stored)";
    problems.push_back({where, what, true});
  } else if (probed.orientation != 1) {
    problems.push_back({where,
                        text_of("EXIF turns it (orientation ", probed.orientation,
                                "); data sets are read as stored"),
                        false});
  }
}

}  // namespace

bool CheckedImage::is_usable() const {
  return size.width > 0 && std::none_of(problems.begin(), problems.end(),
                                        [](const DataProblem& p) { return p.breaks; });
}

CheckedImage check_image(const CocoDataSet& data, int image, const fs::path& folder,
                         ImageCheck depth) {
  const CocoImage& of_file = data.images()[image];
  CheckedImage checked;
  if (of_file.file_name.empty()) return checked;
  const fs::path path = folder / of_file.file_name;
  const std::string where = path.string();
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (!fs::exists(status)) {
    checked.problems.push_back({where, "no such file", true});
  } else if (!fs::is_regular_file(status)) {
    checked.problems.push_back({where, "is no file", true});
  } else {
    try {
      const ImageProbe probed = probe(path, depth);
      checked.size = {probed.width, probed.height};
      compare(of_file, probed, where, checked.problems);
    } catch (const Error& error) {
      checked.problems.push_back({where, without_name(error.what(), where), true});
    }
  }
  return checked;
}

std::vector<DataProblem> check_images(const CocoDataSet& data, const fs::path& folder, int threads,
                                      ImageCheck depth, const std::function<void()>& on_checked) {
  std::vector<std::vector<DataProblem>> found(data.images().size());
  std::mutex mutex;
  parallel_for(static_cast<std::int64_t>(found.size()), threads, [&](std::int64_t i) {
    found[i] = check_image(data, static_cast<int>(i), folder, depth).problems;
    const std::lock_guard lock(mutex);
    if (on_checked) on_checked();
  });
  std::vector<DataProblem> problems;
  for (std::vector<DataProblem>& of_image : found) {
    for (DataProblem& problem : of_image) problems.push_back(std::move(problem));
  }
  return problems;
}

std::string wrong_folder_text(const CocoDataSet& data, const fs::path& folder) {
  const auto is_there = [&](const CocoImage& image) {
    std::error_code ignored;
    return !image.file_name.empty() && fs::exists(folder / image.file_name, ignored);
  };
  if (data.images().empty() || std::any_of(data.images().begin(), data.images().end(), is_there))
    return "";
  return text_of("holds none of the ", data.images().size(), " images of ",
                 data.path().filename().string(),
                 "; is it the folder of another split, or has file_name a folder of its own?");
}

}  // namespace saccade
