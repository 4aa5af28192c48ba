// All object queries over the photograph: after each layer, and from their reference to their box.
#pragma once

#include <filesystem>

#include "saccade/render/query_tracks.h"

namespace saccade {

// One panel per layer: centres after it, coloured by class, area by score. Two columns wide.
// Throws as QueryTracks::check and write_page; so does the other.
void draw_queries_figure(const QueryTracks& tracks, const std::filesystem::path& out,
                         const FigureRecord& record);

// Arrows from the reference points at the input of dec.0 to the final centres, coloured by class.
void draw_ref_to_box_figure(const QueryTracks& tracks, const std::filesystem::path& out,
                            const FigureRecord& record);

}  // namespace saccade
