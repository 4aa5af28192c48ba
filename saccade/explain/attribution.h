// What a detection is due to: maps over the photograph, by several methods and of each of a detection's outputs.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "saccade/explain/attributed_image.h"
#include "saccade/explain/attribution_method.h"

namespace saccade {

struct AttributionMap {
  // [H, W] float32, pixels of the original image: the levels' cells divided by their area, bilinear between their centres,
  // summed over the levels. Of gradient and drise the values of the input's pixels. On the CPU, as all of this.
  at::Tensor map;
  // [H_l, W_l] float64, finest level first, where the method speaks of tokens; else empty.
  std::vector<at::Tensor> levels;
  // Of weights and contribution: the share that fell outside the levels, with their sum 1 (both 0 where nothing was given). The
  // other methods have none.
  double outside = 0;
  bool is_signed = false;  // values below 0 speak against the target
};

// The sampling points of a decoder layer by which a query looked, and how much each counts.
struct PointScores {
  int layer = 0;
  at::Tensor sampling_locations;  // [M, L, P, 2] fraction of the padded level, float64
  at::Tensor scores;              // [M, L, P] float64
};

// Answers for one image, whose memory is kept; any number of targets and methods.
class Attributor {
 public:
  // As AttributedImage.
  Attributor(const LoadedModel& model, const at::Tensor& pixels, const at::Tensor& mask,
             OriginalSize original, std::vector<Intervention> interventions = {})
      : image_(model, pixels, mask, original, std::move(interventions)) {}

  // What was detected, on the CPU.
  const ModelOutput& output() const { return image_.output(); }
  const AttributedImage& image() const { return image_; }
  std::size_t bytes() const { return image_.bytes(); }

  // Throws UsageError for a target or layer that does not exist and for a method that this kind of model has not, Error where
  // interventions leave nothing that was looked at.
  AttributionMap map(AttributionMethod method, const AttributionTarget& target,
                     const AttributionOptions& options = {}) const;

  // A map for each target; gradients share one forward pass.
  std::vector<AttributionMap> maps(AttributionMethod method,
                                   std::span<const AttributionTarget> targets,
                                   const AttributionOptions& options = {}) const;

  // Of the methods that score points (weights, contribution, directed), the target's query at each layer. Throws as map().
  std::vector<PointScores> points(AttributionMethod method, const AttributionTarget& target,
                                  const AttributionOptions& options = {}) const;

 private:
  AttributedImage image_;
};

}  // namespace saccade
