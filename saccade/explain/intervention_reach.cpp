// How far back interventions reach.
#include "saccade/explain/intervention_reach.h"

#include <algorithm>

namespace saccade {
namespace {

// Those of attention modules: all that have a unit.
const AttentionUnit* unit_of(const Intervention& intervention) {
  return std::visit(
      [](const auto& change) -> const AttentionUnit* {
        if constexpr (requires { change.unit; }) return &change.unit;
        return nullptr;
      },
      intervention.change);
}

int first_of(const IndexSet& layers) {
  return layers.all || layers.some.empty() ? 0 : layers.some[0];
}

void extend(Reach& reach, int decoder_layer) {
  reach.decoder_layer = std::min(reach.decoder_layer, decoder_layer);
}

void extend_encoder(Reach& reach, int layer) {
  reach.encoder_layer = reach.encoder ? std::min(reach.encoder_layer, layer) : layer;
  reach.encoder = true;
}

void extend(Reach& reach, const BranchOff& off) {
  reach.alone = true;
  if (off.branch == Branch::kEncoderSelf || off.branch == Branch::kEncoderFfn ||
      off.branch == Branch::kEncoderLayer) {
    extend_encoder(reach, first_of(off.layers));
  } else {
    extend(reach, first_of(off.layers));
  }
}

}  // namespace

Reach reach_of(const std::vector<Intervention>& interventions, int dec_layers) {
  Reach reach{.decoder_layer = dec_layers};
  for (const Intervention& intervention : interventions) {
    if (const AttentionUnit* unit = unit_of(intervention)) {
      if (unit->module == AttentionModule::kEncoderSelf) {
        extend_encoder(reach, first_of(unit->layers));
      } else {
        extend(reach, first_of(unit->layers));
      }
    }
    if (const auto* off = std::get_if<BranchOff>(&intervention.change)) extend(reach, *off);
    if (const auto* off = std::get_if<QueriesOff>(&intervention.change); off && off->as_keys)
      extend(reach, 0);
    if (const auto* region = std::get_if<MemoryRegion>(&intervention.change)) {
      reach.alone = reach.alone || region->forbids;
      extend(reach, 0);
    }
  }
  return reach;
}

int answering_layers(const std::vector<Intervention>& interventions, int dec_layers) {
  int layers = dec_layers;
  for (const Intervention& intervention : interventions)
    if (const auto* const exit = std::get_if<EarlyExit>(&intervention.change))
      layers = std::min(layers, exit->layer + 1);
  return layers;
}

bool touches(const Intervention& intervention, AttentionSite site, int layer) {
  if (const AttentionUnit* unit = unit_of(intervention))
    return unit->module == site && unit->layers.has(layer);
  if (std::holds_alternative<MemoryRegion>(intervention.change))
    return site == AttentionSite::kDecoderCross;
  const auto* const off = std::get_if<QueriesOff>(&intervention.change);
  return off != nullptr && off->as_keys && site == AttentionSite::kDecoderSelf;
}

}  // namespace saccade
