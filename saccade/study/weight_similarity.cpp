// How alike maps stay when weights are drawn anew.
#include "saccade/study/weight_similarity.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "saccade/op/box_ops.h"
#include "saccade/study/tensor_map.h"

namespace saccade {
namespace {

constexpr int kCell = 8;  // pixels of the original image

// Which query of the changed model is asked for its map.
AttributionTarget target_on(const Attributor& changed, const SimilaritySubject& subject) {
  AttributionTarget target = subject.target;
  const at::Tensor& proposals = changed.output().init_reference;
  if (!subject.model.detector->config().two_stage || !proposals.defined()) return target;
  const at::Tensor boxes = box_cxcywh_to_xyxy(proposals[0].to(at::kFloat));
  const at::Tensor box = box_cxcywh_to_xyxy(subject.box_cxcywh).unsqueeze(0);
  target.query =
      static_cast<int>(box_iou_pairs(boxes, box).first.squeeze(1).argmax().item<std::int64_t>());
  return target;
}

bool is_constant(const SaliencyMap& map) {
  const auto [low, high] = std::minmax_element(map.values.begin(), map.values.end());
  return *low == *high;
}

MapSimilarity similarity_of(const SaliencyMap& changed, const SaliencyMap& map) {
  if (is_constant(changed)) return {0, 0};
  return {absolute_rank_correlation(map, changed), structural_similarity(map, changed)};
}

}  // namespace

SaliencyMap coarse_map(const SaliencyMap& map) { return cell_means(map, kCell); }

std::vector<MapSimilarity> similarities(const SimilaritySubject& subject,
                                        const std::vector<std::string>& methods,
                                        const std::vector<SaliencyMap>& maps,
                                        const std::vector<WeightPart>& parts, std::uint64_t seed) {
  const LoadedModel changed = with_reset_weights(subject.model, parts, seed);
  const Attributor attributor(changed, subject.pixels, subject.mask, subject.original,
                              subject.interventions);
  const AttributionTarget target = target_on(attributor, subject);
  std::vector<MapSimilarity> alike;
  for (std::size_t m = 0; m < methods.size(); ++m) {
    const AttributionMap map =
        attributor.map(attribution_method(methods[m]), target, subject.options);
    alike.push_back(similarity_of(coarse_map(plain_map(map.map)), maps[m]));
  }
  return alike;
}

}  // namespace saccade
