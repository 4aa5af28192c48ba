// Are the images of a data set there, whole, and of the size its annotation file says?
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "saccade/data/coco.h"

namespace saccade {

enum class ImageCheck {
  kQuick,   // header and end of each file: cut-off files show, damaged pixels do not
  kDecode,  // every pixel
};

// Problems by image, in the order of data.images(): missing, unreadable or cut off, another size than
// the file says (these break); turned by EXIF (worth knowing: data sets are read as stored). Images
// without a name are passed over. `threads` < 1: all. `on_checked` is called after each image, one call
// at a time.
std::vector<DataProblem> check_images(const CocoDataSet& data, const std::filesystem::path& folder,
                                      int threads, ImageCheck depth,
                                      const std::function<void()>& on_checked = {});

}  // namespace saccade
