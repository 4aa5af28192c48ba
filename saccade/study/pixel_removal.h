// Deletion and insertion of pixels: a detector over images of which ever more of the salient pixels are gone, or of which
// they alone are there. explain.md 4.2.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "saccade/study/target_score.h"

namespace saccade {

// What stands in for pixels of an image [1, 3, H, W], normalised as the detector reads it.
struct PixelBaselines {
  at::Tensor noise;  // normal, of the spread that ImageNet's pixels have: mean 0, deviation 1
  at::Tensor
      blurred;  // Gaussian, of a deviation of 1/16 of the image's short side; borders are repeated
};
// The noise is drawn from `seed`: the same for every map of the image.
PixelBaselines pixel_baselines(const at::Tensor& pixels, std::uint64_t seed);

// The image of which the first `count` pixels (row * W + column) of `order` are removed or inserted: [1, 3, H, W].
at::Tensor perturbed(PixelRemoval kind, const at::Tensor& pixels, const PixelBaselines& baselines,
                     std::span<const std::int32_t> order, std::int64_t count);

// Runs a batch of images [N, 3, H, W] and tells how much of the detection is left in each.
using ImageScorer = std::function<std::vector<TargetScore>(const at::Tensor& images)>;

// Scores of one image at the ends: as it is, all noise, all blurred. The same for every map.
struct EndScores {
  TargetScore whole, noise, blurred;
};

// Scores at each share of the image's pixels (removal_shares(): 0 first, 1 last), where pixels are removed or inserted in
// this order; `together` images are run as one batch.
RemovalScores removal_scores(const at::Tensor& pixels, const PixelBaselines& baselines,
                             const EndScores& ends, std::span<const std::int32_t> order,
                             std::span<const double> shares, const ImageScorer& score,
                             int together);

}  // namespace saccade
