// The ResNet as ONNX nodes, norms with fixed statistics folded into the convolutions.
#pragma once

#include "saccade/export/onnx_builder.h"
#include "saccade/model/model_config.h"

namespace saccade {

// pixels [N, 3, H, W] -> the last `count` stages' maps, coarsest last.
std::vector<OnnxValue> onnx_backbone(OnnxBuilder& build, const ModelConfig& config,
                                     const OnnxValue& pixels, int count);

}  // namespace saccade
