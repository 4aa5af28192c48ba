// A detection explained from outside: what random masks over the image do to it.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/explain/attribution.h"

namespace saccade {

// How much some detection among an output is the given one: the largest, over its queries, of IoU of the boxes times cosine of the
// class vectors (sigmoid scores; plain DETR: softmax without "no object"), 0 to 1. `box_xyxy` [4] as a fraction of the image,
// `scores` [K].
// Source: Petsiuk et al., "Black-box explanation of object detectors via saliency maps" (D-RISE), arXiv 2006.03204.
struct DetectionVector {
  at::Tensor box_xyxy, scores;
};
DetectionVector detection_vector(const AttributedImage& image, const ModelOutput& output,
                                 int query);
double similarity(const AttributedImage& image, const DetectionVector& target,
                  const ModelOutput& output);

// Mask i of a seed, [height, width] in 0..1: a lattice of nodes that are 1 with probability `shown` and else 0, a cell of it
// 1 / grid of the image, moved by a random part of a cell, bilinear between the nodes. Every pixel has the mean `shown`.
at::Tensor random_mask(const AttributionOptions& options, int i, std::int64_t height,
                       std::int64_t width);

// The input is multiplied by each mask, which leaves the data set's mean colour where it is 0. Per pixel: the mean similarity to the
// target where it is shown less that where it is hidden, each mask counting with its value and 1 less that. The target's
// output is of no account: box and class count together.
AttributionMap drise_map(const AttributedImage& image, const AttributionTarget& target,
                         const AttributionOptions& options);

}  // namespace saccade
