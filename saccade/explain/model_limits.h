// What interventions may name in a detector of this configuration.
#pragma once

#include "saccade/explain/intervention_check.h"
#include "saccade/model/model_config.h"

namespace saccade {

InterventionLimits limits_of(const ModelConfig& config);

}  // namespace saccade
