// Which method makes which map.
#include "saccade/explain/attribution.h"

#include "saccade/core/error.h"
#include "saccade/explain/drise.h"
#include "saccade/explain/gradient_map.h"
#include "saccade/explain/odam.h"
#include "saccade/explain/relevance.h"
#include "saccade/explain/token_map.h"

namespace saccade {

AttributionMap Attributor::map(AttributionMethod method, const AttributionTarget& target,
                               const AttributionOptions& options) const {
  switch (method) {
    case AttributionMethod::kWeights:
    case AttributionMethod::kContribution:
    case AttributionMethod::kDirected:
      return token_map(image_, method, target, options);
    case AttributionMethod::kGradient:
      return gradient_maps(image_, {&target, 1})[0];
    case AttributionMethod::kRelevance:
      return relevance_map(image_, target, options);
    case AttributionMethod::kOdam:
      return odam_map(image_, target);
    case AttributionMethod::kDrise:
      return drise_map(image_, target, options);
  }
  throw Error("an attribution method that makes no map");
}

std::vector<AttributionMap> Attributor::maps(AttributionMethod method,
                                             std::span<const AttributionTarget> targets,
                                             const AttributionOptions& options) const {
  if (method == AttributionMethod::kGradient) return gradient_maps(image_, targets);
  std::vector<AttributionMap> maps;
  for (const AttributionTarget& target : targets) maps.push_back(map(method, target, options));
  return maps;
}

std::vector<PointScores> Attributor::points(AttributionMethod method,
                                            const AttributionTarget& target,
                                            const AttributionOptions& options) const {
  return point_scores(image_, method, target, options);
}

}  // namespace saccade
