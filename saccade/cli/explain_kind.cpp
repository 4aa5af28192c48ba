// What each kind of picture needs, shows and is called.
#include "saccade/cli/explain_kind.h"

#include <iostream>

#include "saccade/cli/map_view.h"
#include "saccade/core/error.h"

namespace saccade {
namespace {

bool is_encoder(const ExplainOptions& o) { return o.module == "encoder"; }

bool was_recorded(const ExplainOptions& o, bool plain, const Trace& trace, int layer) {
  if (o.kind == "self-attention") return Trace::find(trace.decoder_self, layer);
  if (plain) return Trace::find(is_encoder(o) ? trace.encoder_dense : trace.decoder_dense, layer);
  return Trace::find(is_encoder(o) ? trace.encoder : trace.decoder, layer);
}

}  // namespace

ExplainOptions with_preset(ExplainOptions o) {
  if (o.preset == "enc-query") o.module = "encoder";
  if (o.preset == "references") o.kind = "references";
  if (o.preset == "query-drift") o.kind = "drift";
  return o;
}

void check_kind(const ExplainOptions& o, bool plain) {
  const bool encoder = o.module == "encoder";
  const bool tracks = draws_tracks(o);
  const bool points = o.kind == "points" && !tracks;
  if (plain && points) {
    throw UsageError(
        "plain DETR has no sampling points: every query reads every cell; use --kind heat or grid");
  }
  if (plain && (o.kind == "references" || o.preset == "ref-to-box")) {
    throw UsageError("plain DETR has no reference points; use --kind drift");
  }
  if (plain && o.kind == "flow")
    throw UsageError("--kind flow follows sampling points, which plain DETR lacks");
  if (encoder && (tracks || o.kind == "self-attention")) {
    throw UsageError(
        text_of("--kind ", o.kind, " is about decoder queries; leave --module encoder out"));
  }
  if (!encoder && o.kind == "flow")
    throw UsageError("--kind flow is about encoder tokens: add --module encoder --at X,Y");
  if (o.kind == "flow" && (o.head != "all" || o.point != "all"))
    throw UsageError("--kind flow follows all heads and points; leave --head and --point out");
  check_map_options(o);
  if (!points && (o.relative || o.color != "weight" || o.scale != "linear")) {
    throw UsageError("--relative, --color and --scale are for --kind points");
  }
}

bool draws_tracks(const ExplainOptions& o) {
  return o.preset == "queries" || o.preset == "ref-to-box" || o.kind == "references" ||
         o.kind == "drift";
}

bool draws_map(const ExplainOptions& o) { return o.kind == "map"; }

bool draws_all_layers(const ExplainOptions& o) {
  return o.kind == "grid" || o.kind == "flow" || draws_map(o) ||
         (is_encoder(o) && o.kind == "points");
}

bool draws_layer_by_layer(const ExplainOptions& o) {
  const bool decoder_points = o.kind == "points" && !is_encoder(o);
  return !draws_tracks(o) && (decoder_points || o.kind == "heat" || o.kind == "self-attention");
}

bool draws_weights(const ExplainOptions& o) {
  return !draws_tracks(o) && !o.relative &&
         (o.kind == "points" || o.kind == "heat" || o.kind == "grid");
}

RecordOptions recorded(const ExplainOptions& o) {
  return {.decoder_cross = !is_encoder(o), .decoder_self = o.kind == "self-attention"};
}

std::vector<int> layers_seen(const ExplainOptions& o, bool plain, const Trace& trace,
                             const std::vector<int>& layers, const std::string& whose) {
  const bool draws_layers = !draws_map(o) || has_layers(map_method(o));
  if (draws_tracks(o) || !draws_layers) return layers;
  std::vector<int> seen, skipped;
  for (const int layer : layers)
    (was_recorded(o, plain, trace, layer) ? seen : skipped).push_back(layer);
  if (seen.empty())
    throw Error(whose +
                "every chosen layer is switched off by an intervention; choose others (--layer)");
  if (o.quiet) return seen;
  for (const int layer : skipped)
    std::cerr << "saccade: note: " << whose << o.module << " layer " << layer
              << " is switched off by an intervention and looks nowhere: left out\n";
  return seen;
}

std::filesystem::path file_of_layer(const ExplainOptions& o, int layer, bool several) {
  std::filesystem::path out = o.out;
  if (!several || !draws_layer_by_layer(o)) return out;
  out.replace_filename(text_of(out.stem().string(), is_encoder(o) ? "-enc." : "-dec.", layer,
                               out.extension().string()));
  return out;
}

}  // namespace saccade
