// Patches as arithmetic: docs/interventions.md 3.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/explain/donor_run.h"
#include "saccade/explain/intervention.h"
#include "saccade/explain/pass_images.h"

namespace saccade {

// What the donor's module gave that stands where this call is. Throws Error: the donor has not run, or its levels have
// other sizes where tokens are copied one by one (the encoder's queries, dense attention's keys).
const DonorCall& donor_call(const Patch& patch, const DeformableAttentionCall& call,
                            const PassImages& images);
const DonorCall& donor_call(const Patch& patch, const DenseAttentionCall& call,
                            const PassImages& images);

// `theirs` in the named rows [Q, M] of `ours` [N, Q, M, ..].
at::Tensor patched_rows(const at::Tensor& rows, const at::Tensor& theirs, const at::Tensor& ours);

// Locations [N, Q, M, L, P, 2] of a call with the offsets that the donor's projection gave: cells of the level, or shares of
// the box. The donor's own bits where its references and levels are the call's.
at::Tensor patched_locations(const DeformableAttentionCall& call, const DonorCall& donor);

}  // namespace saccade
