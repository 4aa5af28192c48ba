// Maps of what a decoder query looked at: scores of its points, scattered to tokens and fused over the layers.
#pragma once

#include <vector>

#include "saccade/explain/attribution.h"

namespace saccade {

// Attributor::points.
std::vector<PointScores> point_scores(const AttributedImage& image, AttributionMethod method,
                                      const AttributionTarget& target,
                                      const AttributionOptions& options);

// Attributor::map of a method that scores points: the query is followed through the decoder, whose queries keep their number.
// Weights and contributions: each layer's scores divided by their sum, scattered, and the mean over the layers: a layer counts as
// any other, and the map is a share of 1. Directed contributions have one unit, that of the target: their sum over the layers.
// Plain DETR's weights: the mean over heads and layers of the softmax over cells, a share of 1 as well; no head looks outside.
// Heads that are replaced count for nothing in both.
AttributionMap token_map(const AttributedImage& image, AttributionMethod method,
                         const AttributionTarget& target, const AttributionOptions& options);

// The layers of `options`, or all that the answer depends on (answering_layers); throws UsageError for one that the decoder has not.
std::vector<int> fused_layers(const AttributedImage& image, const AttributionOptions& options);

// What to say where interventions left no layer to look at.
const char* nothing_looked_at();

}  // namespace saccade
