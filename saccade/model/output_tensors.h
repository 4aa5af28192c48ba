// The tensors of a forward pass's results, for what is done with all of them.
#pragma once

#include <array>

#include "saccade/model/detector.h"

namespace saccade {

// Those of this kind of detector are defined, the others are not.
inline std::array<at::Tensor*, 9> output_tensors(ModelOutput& output) {
  return {&output.pred_logits, &output.pred_boxes,      &output.hidden,
          &output.unnormed,    &output.init_reference,  &output.inter_references,
          &output.enc_logits,  &output.enc_boxes_unact, &output.topk_proposals};
}

}  // namespace saccade
