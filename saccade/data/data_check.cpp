// Are the images of a data set there, whole, and of the size its annotation file says?
#include "saccade/data/data_check.h"

#include <mutex>

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
  const MappedFile file(path);
  const ImageProbe probed = probe_image(file.bytes(), path.string());
  if (depth == ImageCheck::kDecode) decode_image(file.bytes(), path.string(), false);
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

std::vector<DataProblem> check_image(const CocoImage& image, const fs::path& folder,
                                     ImageCheck depth) {
  std::vector<DataProblem> problems;
  if (image.file_name.empty()) return problems;
  const fs::path path = folder / image.file_name;
  const std::string where = path.string();
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (!fs::exists(status)) {
    problems.push_back({where, "no such file", true});
  } else if (!fs::is_regular_file(status)) {
    problems.push_back({where, "is no file", true});
  } else {
    try {
      compare(image, probe(path, depth), where, problems);
    } catch (const Error& error) {
      problems.push_back({where, without_name(error.what(), where), true});
    }
  }
  return problems;
}

}  // namespace

std::vector<DataProblem> check_images(const CocoDataSet& data, const fs::path& folder, int threads,
                                      ImageCheck depth, const std::function<void()>& on_checked) {
  const std::vector<CocoImage>& images = data.images();
  std::vector<std::vector<DataProblem>> found(images.size());
  std::mutex mutex;
  parallel_for(static_cast<std::int64_t>(images.size()), threads, [&](std::int64_t i) {
    found[i] = check_image(images[i], folder, depth);
    const std::lock_guard lock(mutex);
    if (on_checked) on_checked();
  });
  std::vector<DataProblem> problems;
  for (std::vector<DataProblem>& of_image : found) {
    for (DataProblem& problem : of_image) problems.push_back(std::move(problem));
  }
  return problems;
}

}  // namespace saccade
