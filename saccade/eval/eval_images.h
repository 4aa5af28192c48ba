// Which images of a data set an evaluation can use: looked at before anything is computed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/data/image_batch.h"
#include "saccade/dist/rank_group.h"
#include "saccade/eval/rank_exchange.h"
#include "saccade/image/resize.h"

namespace saccade {

// An image that can be read, and its size in pixels.
struct EvalImage {
  int image = 0;  // index into the data set
  ImageSize size;
};

struct EvalImages {
  std::vector<EvalImage> usable;       // in the order of `chosen`
  std::vector<ImageProblem> problems;  // of the others; those that break only
};

// Each rank looks at its share of `chosen` (indices into data.images()): is the file there, whole, of
// the size the annotations are for (ImageCheck::kQuick)? All ranks get the same answer. Throws Error
// when a rank is gone. Ranks exchange under `name`: each call in a job needs its own.
EvalImages find_eval_images(const CocoDataSet& data, const std::filesystem::path& folder,
                            const std::vector<int>& chosen, int threads, RankGroup& ranks,
                            const std::string& name = "image");

// An image that looked usable and cannot be decoded, as a problem to tell. Throws Error where it may not be left out.
ImageProblem left_out_image(const BrokenImage& image, const CocoDataSet& data, bool skip_broken);

}  // namespace saccade
