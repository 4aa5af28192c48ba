// A detector as an ONNX file.
#pragma once

#include <filesystem>

#include "saccade/export/onnx_attention.h"
#include "saccade/model/load_model.h"

namespace saccade {

struct OnnxOptions {
  ImageSize input;  // pixels of the network's input
  std::int64_t batch = 1;
  OnnxOperator form = OnnxOperator::kGridSample;
  std::string version;  // of the program, told in the file
};

// Writes `model` for images of one size, without padding; what depends on the size alone is computed now. Input `pixels`
// [N, 3, H, W], normalised as the official code's (RGB / 255, ImageNet's mean and deviation). Outputs of the last decoder
// layer: `pred_logits` [N, Q, K] (raw) and `pred_boxes` [N, Q, 4] (cxcywh, shares of the image). Metadata: the class names
// and where the weights are from. Opset 17, float32. Throws Error: an input too small for two stages, a disk that is full.
void export_onnx(const LoadedModel& model, const OnnxOptions& options,
                 const std::filesystem::path& out);

}  // namespace saccade
