// Relevance carried from a detection back through the decoder's reads and the encoder's layers to the tokens of the backbone.
#pragma once

#include "saccade/explain/attribution.h"

namespace saccade {

// One vector r over the tokens. It starts as sum over the decoder layers of mean over the heads of (dT/dA * A)+, the positive part
// of gradient times attention weight of the target's query, scattered to the cells that were read. Back through each encoder
// layer, from the last: r <- r + Abar^T r, Abar the mean over the heads of the layer's attention, a sparse [S, S] matrix of the
// operator's footprints (plain DETR: dense); at the end it is divided by its sum, which is what dividing at each layer gives. The
// encoder's weights take no gradient: a graph through it would cost more than everything else.
// Source: after Chefer et al., "Generic Attention-model Explainability", arXiv 2103.15679, as a vector and for sparse attention.
AttributionMap relevance_map(const AttributedImage& image, const AttributionTarget& target,
                             const AttributionOptions& options);

}  // namespace saccade
