// Tensor names of Hugging Face's Deformable DETR and DETR, and the official ones they stand for.
#pragma once

#include "saccade/checkpoint/safetensors.h"

namespace saccade {

// Whether the names are Hugging Face's (today's or older files').
bool has_hf_names(const NamedRawTensors& tensors);

// The same tensors under official names; q, k and v projections are joined to in_proj_weight and
// in_proj_bias (rows in that order). Names that no rule knows stay as they are.
NamedRawTensors official_names_from_hf(const NamedRawTensors& tensors);

// The way back: official names to those of transformers 5; in_proj is split into q, k and v (views).
NamedRawTensors hf_names_from_official(const NamedRawTensors& tensors);

}  // namespace saccade
