// One image through a loaded model, and what its queries found.
#pragma once

#include <vector>

#include "saccade/core/boxes.h"
#include "saccade/explain/model_interventions.h"
#include "saccade/model/load_model.h"
#include "saccade/model/prepared_image.h"

namespace saccade {

// A forward pass with what was given changed; the output on the CPU. `hook` may watch, on the model's device.
ModelOutput run_image(const LoadedModel& model, const PreparedImage& image,
                      const ModelInterventions& changes, AttentionHook* hook = nullptr);

// The last layer's results in pixels of the original image, by falling score: postprocess().
std::vector<Detection> best_detections(const LoadedModel& model, const ModelOutput& output,
                                       OriginalSize original);

// The best class of a query after one layer, its score and its box in original pixels.
Detection query_after_layer(const LoadedModel& model, const ModelOutput& output, int layer,
                            int query, OriginalSize original);

// Boxes that overlap less are not the same object.
inline constexpr double kMatchedIou = 0.5;

struct MatchedQuery {
  Detection detection;
  double iou = 0;  // of its final box with the one that was looked for
};

// Of the queries whose final box overlaps `box` (original pixels) with an IoU of kMatchedIou or more, the one with the largest
// IoU x score; where there is none, the one with the largest IoU.
MatchedQuery match_query(const LoadedModel& model, const ModelOutput& output, const BoxXyxy& box,
                         OriginalSize original);

// The class of this name. Throws UsageError that begins with `option`, where it was given, and has the nearest name.
std::int64_t class_of_name(const ClassMap& classes, const std::string& name,
                           const std::string& option);

}  // namespace saccade
