// Deletion and insertion of pixels.
#include "saccade/study/pixel_removal.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"

namespace saccade {
namespace {

// Of the short side: objects and their outlines are gone, the scene's colours stay.
constexpr double kBlur = 1.0 / 16;

at::Tensor gaussian(double sigma) {
  const auto reach = static_cast<std::int64_t>(std::ceil(3 * sigma));
  const at::Tensor x = at::arange(-reach, reach + 1, at::kFloat) / sigma;
  const at::Tensor weights = (-x * x / 2).exp();
  return weights / weights.sum();
}

// Along one axis of [1, 3, H, W], which is [1, 1, size] and a kernel to conv1d.
at::Tensor blurred_rows(const at::Tensor& image, const at::Tensor& weights) {
  const std::int64_t reach = weights.size(0) / 2;
  const at::Tensor rows = image.flatten(0, 2).unsqueeze(1);  // [3 H, 1, W]
  const at::Tensor padded = at::replication_pad1d(rows, {reach, reach});
  return at::conv1d(padded, weights.view({1, 1, -1})).view(image.sizes());
}

TargetScore end_of(PixelRemoval kind, const EndScores& ends, bool removed) {
  switch (kind) {
    case PixelRemoval::kDeletionNoise:
      return removed ? ends.noise : ends.whole;
    case PixelRemoval::kDeletionBlur:
      return removed ? ends.blurred : ends.whole;
    case PixelRemoval::kInsertion:
      return removed ? ends.whole : ends.blurred;
  }
  throw Error("unknown removal");
}

}  // namespace

PixelBaselines pixel_baselines(const at::Tensor& pixels, std::uint64_t seed) {
  const at::Tensor image = pixels.cpu();
  PixelBaselines baselines;
  baselines.noise = at::empty_like(image, at::MemoryFormat::Contiguous);
  baselines.noise.normal_(0, 1, at::detail::createCPUGenerator(seed));
  const auto short_side = static_cast<double>(std::min(image.size(2), image.size(3)));
  const at::Tensor weights = gaussian(std::max(0.5, kBlur * short_side));
  const at::Tensor along = blurred_rows(image.contiguous(), weights);
  baselines.blurred =
      blurred_rows(along.transpose(2, 3).contiguous(), weights).transpose(2, 3).contiguous();
  return baselines;
}

at::Tensor perturbed(PixelRemoval kind, const at::Tensor& pixels, const PixelBaselines& baselines,
                     std::span<const std::int32_t> order, std::int64_t count) {
  const bool inserts = kind == PixelRemoval::kInsertion;
  at::Tensor image = (inserts ? baselines.blurred : pixels).contiguous().clone();
  const at::Tensor from = (inserts                                ? pixels
                           : kind == PixelRemoval::kDeletionNoise ? baselines.noise
                                                                  : baselines.blurred)
                              .contiguous();
  const std::int64_t plane = image.size(2) * image.size(3);
  float* const to = image.mutable_data_ptr<float>();
  const float* const source = from.const_data_ptr<float>();
  for (const std::int32_t pixel : order.first(static_cast<std::size_t>(count)))
    for (std::int64_t channel = 0; channel < image.size(1); ++channel)
      to[channel * plane + pixel] = source[channel * plane + pixel];
  return image;
}

RemovalScores removal_scores(const at::Tensor& pixels, const PixelBaselines& baselines,
                             const EndScores& ends, std::span<const std::int32_t> order,
                             std::span<const double> shares, const ImageScorer& score,
                             int together) {
  const std::int64_t all = pixels.size(2) * pixels.size(3);
  RemovalScores scores(kPixelRemovals);
  std::vector<at::Tensor> batch;
  std::vector<TargetScore*> wanted;
  for (auto& of_kind : scores) of_kind.resize(shares.size());
  const auto run = [&] {
    if (batch.empty()) return;
    const auto found = score(at::cat(batch));
    for (std::size_t i = 0; i < wanted.size(); ++i) *wanted[i] = found.at(i);
    batch.clear(), wanted.clear();
  };
  for (int k = 0; k < kPixelRemovals; ++k) {
    const auto kind = static_cast<PixelRemoval>(k);
    for (std::size_t i = 0; i < shares.size(); ++i) {
      TargetScore& to = scores[static_cast<std::size_t>(k)][i];
      const std::int64_t count = removed_count(shares[i], all);
      if (count == 0 || count == all) {
        to = end_of(kind, ends, count == all);
        continue;
      }
      batch.push_back(perturbed(kind, pixels, baselines, order, count));
      wanted.push_back(&to);
      if (std::ssize(batch) == together) run();
    }
  }
  run();
  return scores;
}

}  // namespace saccade
