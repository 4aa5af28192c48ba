// Attention as ONNX nodes.
#pragma once

#include "saccade/core/levels.h"
#include "saccade/export/onnx_builder.h"

namespace saccade {

// How the operator of deformable attention is written.
enum class OnnxOperator {
  kGridSample,  // ONNX's own operators
  kTensorRt     // TensorRT's plugin MultiscaleDeformableAttnPlugin_TRT, version 1
};

// Domain of the plugin's node; TensorRT finds plugins by name, whatever the domain.
inline constexpr const char* kTensorRtDomain = "trt.plugins";

struct OnnxShapes {
  std::int64_t batch = 1, channels = 256, heads = 8;
  std::vector<LevelShape> levels;
};

struct DeformableInput {
  std::string prefix;  // of the module's weights, ends in '.'
  OnnxValue query;     // [N, Q, C]
  std::int64_t queries = 0;
  OnnxValue reference;       // [N or 1, Q, 1, L or 1, 1, 2], centres as shares of the image
  OnnxValue reference_size;  // the same of boxes' width and height; empty: references are points
  OnnxValue memory;          // [N, S, C]
  std::int64_t points = 4;
};

// MSDeformAttn (Deformable DETR, equation 2) -> [N, Q, C]. Nothing is padding.
OnnxValue onnx_deformable_attention(OnnxBuilder& build, const OnnxShapes& shapes, OnnxOperator form,
                                    const DeformableInput& input);

// Standard multi-head attention with PREFIXin_proj_weight ... -> [N, Q, C].
OnnxValue onnx_multihead_attention(OnnxBuilder& build, const OnnxShapes& shapes,
                                   const std::string& prefix, const OnnxValue& query,
                                   const OnnxValue& key, const OnnxValue& value);

}  // namespace saccade
