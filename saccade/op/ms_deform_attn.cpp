// The operator; for now its plain formula.
#include "saccade/op/ms_deform_attn.h"

#include "saccade/op/ms_deform_attn_reference.h"

namespace saccade {

at::Tensor ms_deform_attn(const at::Tensor& value, const at::Tensor& spatial_shapes,
                          const at::Tensor& sampling_locations,
                          const at::Tensor& attention_weights) {
  return ms_deform_attn_reference(value, spatial_shapes, sampling_locations, attention_weights);
}

}  // namespace saccade
