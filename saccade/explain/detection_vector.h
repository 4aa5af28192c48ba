// How much of a detection is left in another output for the same image.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/model/detector.h"

namespace saccade {

// What a query answers: its box, cxcywh as a fraction of the image [4], and its class vector [K] (sigmoid scores; plain DETR: softmax
// without "no object"). float32.
struct DetectionVector {
  at::Tensor box_cxcywh, classes;
};
// Of the last layer of an output of one image, which lies on the CPU.
DetectionVector detection_vector(ModelFamily family, const ModelOutput& output, int query);

// A detection beside all queries of an output, [Q] each.
struct DetectionLikeness {
  at::Tensor iou;     // of the boxes; 0 where both are empty
  at::Tensor cosine;  // of the class vectors
  // How much some query answers the detection: the largest of IoU times cosine, 0 to 1.
  // Source: Petsiuk et al., "Black-box explanation of object detectors via saliency maps" (D-RISE), arXiv 2006.03204.
  double similarity() const;
};
// boxes_cxcywh [Q, 4], classes [Q, K] as a DetectionVector has them.
DetectionLikeness likeness(const DetectionVector& detection, const at::Tensor& boxes_cxcywh,
                           const at::Tensor& classes);

}  // namespace saccade
