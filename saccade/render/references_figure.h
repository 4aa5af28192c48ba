// Where queries start and end: reference points, and the drift of predictions over the layers.
#pragma once

#include <filesystem>

#include "saccade/render/query_tracks.h"

namespace saccade {

// Reference points at the input of dec.0 and centres after the last layer; for the selected query
// its references over the layers and a chart of score and overlap. Throws as QueryTracks::check and
// write_page; so do the others.
void draw_references_figure(const QueryTracks& tracks, const std::filesystem::path& out,
                            const FigureRecord& record);

// Centres after each layer joined to paths; for the selected query its boxes after each layer and a
// chart of score, overlap and class.
void draw_query_drift_figure(const QueryTracks& tracks, const std::filesystem::path& out,
                             const FigureRecord& record);

FigurePage references_page(QueryTracks tracks);
FigurePage query_drift_page(QueryTracks tracks);

}  // namespace saccade
