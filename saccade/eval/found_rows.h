// A model's raw outputs for an image as rows of a data set's results.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "saccade/data/coco.h"
#include "saccade/eval/rank_exchange.h"
#include "saccade/image/resize.h"
#include "saccade/model/load_model.h"

namespace saccade {

// Which image an output is of.
struct OutputImage {
  int image = 0;   // index into the data set
  ImageSize size;  // of the original, pixels
};

// The last layer's logits [Q, K] and boxes [Q, 4] cxcywh, by falling score. Values are those of the official code:
// float32 corners, width and height as float32 differences. Classes without a category (category_of[class] -1) are
// left out.
std::vector<FoundRow> found_rows(const LoadedModel& model, const std::vector<int>& category_of,
                                 const at::Tensor& logits, const at::Tensor& boxes_cxcywh,
                                 const OutputImage& image);

}  // namespace saccade
