// What each --kind of picture needs, shows and is called; the same for one model and for two.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/cli/options.h"
#include "saccade/explain/trace.h"

namespace saccade {

// The picture kinds of the original's scripts as options of ours.
ExplainOptions with_preset(ExplainOptions options);
// Refuses what does not exist before the model runs. Throws UsageError.
void check_kind(const ExplainOptions& options, bool plain);

// These take options with_preset(). Whether the figure shows queries over the layers rather than what a layer looked at.
bool draws_tracks(const ExplainOptions& options);
bool draws_map(const ExplainOptions& options);
// Whether all layers are meant where none is named.
bool draws_all_layers(const ExplainOptions& options);
// Whether one figure shows one layer alone.
bool draws_layer_by_layer(const ExplainOptions& options);
// Whether it shows weights as they are, of which most may be a template.
bool draws_weights(const ExplainOptions& options);

// What a trace must record; the place of an encoder token is the caller's to add.
RecordOptions recorded(const ExplainOptions& options);

// Of the chosen layers those that the trace has: an attention that an intervention switches off looks nowhere. Says on
// stderr which are left out, after `whose` model ("A: "; empty for one model). Throws Error where none is left.
std::vector<int> layers_seen(const ExplainOptions& options, bool plain, const Trace& trace,
                             const std::vector<int>& layers, const std::string& whose = "");

// explain.png; where `several` layers have a file each, explain-dec.3.png.
std::filesystem::path file_of_layer(const ExplainOptions& options, int layer, bool several);

}  // namespace saccade
