// What a page draws of the decoder: results after each layer, reference points and sampling points (docs/http-api.md).
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/checkpoint/safetensors.h"
#include "saccade/explain/trace.h"
#include "saccade/model/load_model.h"
#include "saccade/model/postprocess.h"

namespace saccade {

struct DecoderView {
  at::Tensor scores;      // [layers, Q, K] probabilities
  at::Tensor boxes;       // [layers, Q, 4] x0, y0, x1, y1, pixels of the original image
  at::Tensor detections;  // int32 [n, 2] query and class, by falling score
  // Of Deformable DETR alone:
  at::Tensor reference;  // [layers, Q, 2 or 4] pixels of the original image; sides of 0: a point
  at::Tensor points;     // 16 bits [layers, Q, M, L, P, 2], share of the image: v / 65535 * 3 - 1
  at::Tensor weights;    // 16 bits [layers, Q, M, L, P], v / 65535
  at::Tensor query_specific;  // [layers, M + 1, 2] as specific_parts
};

// Which part of the weights and of the offsets is the queries' own, of each head and last of all heads together, [M + 1, 2]
// (core/query_specific.h); NaN of no layer.
at::Tensor specific_parts(const PointTrace* layer, std::int64_t heads);

// `trace` has the decoder layers from `first_layer` on that looked at the memory; the layers before it are those of
// `before`. A layer that an intervention skipped has weights of 0.
DecoderView decoder_view(const LoadedModel& model, const ModelOutput& output, const Trace& trace,
                         int first_layer, const DecoderView& before, double width, double height);

// Of the last layer, as `detect` lists them.
std::vector<Detection> detections_of(const LoadedModel& model, const ModelOutput& output,
                                     double width, double height);

// Points [.., 2] as shares of the image, and weights, in 16 bits.
at::Tensor packed_points(const at::Tensor& points);
at::Tensor packed_weights(const at::Tensor& weights);
// Such a tensor for a file: U16.
RawTensor raw_packed(const at::Tensor& packed);

// The tensors under the names of docs/http-api.md.
NamedRawTensors named_tensors(const DecoderView& view);
std::size_t bytes_of(const DecoderView& view);

}  // namespace saccade
