// Are the images of a data set there, whole, and of the size its annotation file says?
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/image/resize.h"

namespace saccade {

enum class ImageCheck {
  kQuick,   // header and end of each file: cut-off files show, damaged pixels do not
  kDecode,  // every pixel
};

struct CheckedImage {
  ImageSize size;                     // as stored, pixels; 0 x 0 where it cannot be read
  std::vector<DataProblem> problems;  // as of check_images

  // Whether it can be read and is what the annotations are for.
  bool is_usable() const;
};

// One image of data.images().
CheckedImage check_image(const CocoDataSet& data, int image, const std::filesystem::path& folder,
                         ImageCheck depth);

// Problems by image, in the order of data.images(): missing, unreadable or cut off, another size than
// the file says (these break); turned by EXIF (worth knowing: data sets are read as stored). Images
// without a name are passed over. `threads` < 1: all. `on_checked` is called after each image, one call
// at a time.
std::vector<DataProblem> check_images(const CocoDataSet& data, const std::filesystem::path& folder,
                                      int threads, ImageCheck depth,
                                      const std::function<void()>& on_checked = {});

// "holds none of the 84 images of val.json; ..." where that is so, empty otherwise: the likeliest
// mistake with a data set, and one that drowns in a line per image.
std::string wrong_folder_text(const CocoDataSet& data, const std::filesystem::path& folder);

}  // namespace saccade
