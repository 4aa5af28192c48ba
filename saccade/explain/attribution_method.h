// The ways to say what a detection is due to, and what of a detection is asked about: their names and settings.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "saccade/model/model_config.h"

namespace saccade {

// docs/attribution.md defines each.
enum class AttributionMethod {
  kWeights,       // attention weights scattered to the cells that were read
  kContribution,  // length of what each sampling point gave to its attention's output
  kDirected,      // that contribution along the target's gradient: for or against
  kGradient,      // length of the target's gradient at each pixel
  kRelevance,     // positive directed reads of the decoder, carried back through the encoder
  kOdam,          // gradient times feature on the encoder's memory
  kDrise,         // what random masks over the image do to the detection
};

// "weights", "contribution", "directed", "gradient", "relevance", "odam", "drise".
std::string_view method_name(AttributionMethod method);
// The method of this name. Throws UsageError that lists those there are.
AttributionMethod attribution_method(std::string_view name);
const std::vector<AttributionMethod>& attribution_methods();
// Whether the map depends on which output of the detection is asked about, not on the query alone.
bool has_target(AttributionMethod method);
// Whether it is fused of decoder layers that can be chosen.
bool has_layers(AttributionMethod method);
// Whether it scores sampling points, which its map scatters.
bool has_points(AttributionMethod method);
// Whether models of this family have it: plain DETR has no sampling points, and for a map of weights its own.
bool fits(AttributionMethod method, ModelFamily family);

// The number of a detection that is explained: its class, or one of its box.
enum class TargetOutput { kClass, kX, kY, kWidth, kHeight, kX0, kY0, kX1, kY1 };

// "class", "x", "y", "w", "h", "x0", "y0", "x1", "y1".
std::string_view output_name(TargetOutput output);
// The output of this name. Throws UsageError that lists those there are.
TargetOutput target_output(std::string_view name);

// One number of the last decoder layer's answer.
struct AttributionTarget {
  int query = 0;           // decoder query, 0 to Q - 1
  std::int64_t label = 0;  // class index, 0 to K - 1; used by kClass
  // kClass: the logit, before sigmoid or softmax, whose slope does not vanish where the score is near 0 or 1. The others:
  // centre, size or side of the box in pixels of the original image.
  TargetOutput output = TargetOutput::kClass;
};

struct AttributionOptions {
  std::vector<int>
      layers;  // decoder layers that are fused, those that exist; empty: all that answer
  int drise_masks = 1000;         // forward passes of D-RISE, from 2
  int drise_grid = 16;            // cells of its masks along each side of the image, from 1
  double drise_shown = 0.5;       // share of the image that a mask shows, between 0 and 1
  std::uint64_t seed = 0;         // of its masks
  std::function<void()> on_step;  // called after each of its passes; may be empty

  void check() const;  // throws UsageError and names the setting
};

}  // namespace saccade
