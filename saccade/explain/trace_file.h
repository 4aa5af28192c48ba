// A trace as named arrays, and as a file of them, for other tools (cli.md "Results").
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "saccade/checkpoint/tensors.h"
#include "saccade/explain/trace.h"
#include "saccade/model/detector.h"

namespace saccade {

struct TraceFileOptions {
  bool encoder = false;                         // which module
  std::vector<int> layers;                      // which of its layers
  double image_width = 0, image_height = 0;     // original pixels
  std::map<std::string, std::string> metadata;  // written as it is, beside the shapes
};

// Keys for module X (decoder or encoder) and layer I: X.I.sampling_locations [Q, M, L, P, 2],
// X.I.sampling_points_px [Q, M, L, P, 2], X.I.attention_weights [Q, M, L, P], X.I.reference_points
// [Q, 2 or 4] (fraction of the image without padding); plain DETR: encoder.I.self_attention and
// decoder.I.cross_attention [M, Q, h, w]; where recorded decoder.I.self_attention [M, Q, Q]. Always
// logits [layers, Q, K] and boxes [layers, Q, 4] cxcywh. On the CPU; metadata has no part in it.
NamedTensors trace_tensors(const Trace& trace, const ModelOutput& output,
                           const TraceFileOptions& options);
// Writes them as safetensors. Throws Error.
void write_trace(const std::filesystem::path& path, const Trace& trace, const ModelOutput& output,
                 const TraceFileOptions& options);

// References of one layer without what padding did to them: [Q, L, 2 or 4] -> [Q, 2 or 4], fraction
// of the image without padding.
at::Tensor unpadded_references(const at::Tensor& reference_points, const at::Tensor& valid_ratios);

}  // namespace saccade
