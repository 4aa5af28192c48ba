// One intervention on one call of a forward pass: what does not concern the call leaves it as it is.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/explain/intervention.h"
#include "saccade/explain/pass_images.h"
#include "saccade/model/attention_hook.h"

namespace saccade {

// Before anything is sampled.
void edit(const AttentionChange& change, const PassImages& images, DeformableAttentionCall& call);
void edit(const AttentionChange& change, const PassImages& images, DenseAttentionCall& call);

// What the module's heads give, [N, Q, M * D], before its output projection.
void edit_output(const AttentionChange& change, const PassImages& images,
                 const DeformableAttentionCall& call, at::Tensor& output);
void edit_output(const AttentionChange& change, const PassImages& images,
                 const DenseAttentionCall& call, at::Tensor& output);

}  // namespace saccade
