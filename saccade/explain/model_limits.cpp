// What interventions may name in a detector of this configuration.
#include "saccade/explain/model_limits.h"

namespace saccade {

InterventionLimits limits_of(const ModelConfig& c) {
  return {.is_deformable = c.family == ModelFamily::kDeformableDetr,
          .enc_layers = c.enc_layers,
          .dec_layers = c.dec_layers,
          .heads = c.nheads,
          .levels = c.num_feature_levels,
          .enc_points = c.enc_n_points,
          .dec_points = c.dec_n_points,
          .queries = c.num_queries};
}

}  // namespace saccade
