// Sanity checks: how alike maps stay when weights are drawn anew. explain.md 4.2.
#pragma once

#include <string>
#include <vector>

#include "saccade/explain/attribution.h"
#include "saccade/study/faith_record.h"
#include "saccade/study/saliency_map.h"
#include "saccade/study/weight_reset.h"

namespace saccade {

// The detection whose maps are compared.
struct SimilaritySubject {
  const LoadedModel& model;
  const std::vector<Intervention>& interventions;  // hold in all models
  at::Tensor pixels, mask;                         // of one image, as Detector::encode takes them
  OriginalSize original;
  AttributionTarget target;
  at::Tensor box_cxcywh;       // [4] of the detection, fraction of the image
  AttributionOptions options;  // that its maps are made with
};

// A map over cells of 8 x 8 pixels of the original image: finer than that, smooth maps are alike everywhere.
SaliencyMap coarse_map(const SaliencyMap& map);

// Of each method, its map on a model with these parts drawn anew against `maps`, coarse ones of the trained one. It is made for the same
// query; of two stages, whose queries are proposals that change with the memory, for the one whose proposal overlaps the
// detection's box most. A map without any value there has nothing in common with another: 0.
std::vector<MapSimilarity> similarities(const SimilaritySubject& subject,
                                        const std::vector<std::string>& methods,
                                        const std::vector<SaliencyMap>& maps,
                                        const std::vector<WeightPart>& parts, std::uint64_t seed);

}  // namespace saccade
