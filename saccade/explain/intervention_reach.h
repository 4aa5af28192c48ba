// How far back interventions reach: what must be computed again.
#pragma once

#include <vector>

#include "saccade/explain/intervention.h"
#include "saccade/model/attention_site.h"

namespace saccade {

struct Reach {
  bool encoder = false;   // the memory itself changes, and all of the decoder with it
  int encoder_layer = 0;  // first encoder layer that changes, where one does
  int decoder_layer = 0;  // first decoder layer that changes; as many as there are: none
  // The hook's calls must be of one image and one variant: the memory's values change or a branch is left out.
  bool alone = false;
};

Reach reach_of(const std::vector<Intervention>& interventions, int dec_layers);
// The decoder layers that the answer depends on, from the first: those after an early exit do not answer.
int answering_layers(const std::vector<Intervention>& interventions, int dec_layers);
// Whether a call of this module and layer may change.
bool touches(const Intervention& intervention, AttentionSite site, int layer);

}  // namespace saccade
