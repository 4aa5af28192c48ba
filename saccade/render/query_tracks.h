// Queries over the decoder's layers: reference points, drift, classes and scores.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/render/page_layout.h"

namespace saccade {

// Reference of a query, pixels of the original image: a point, or a box with that centre.
struct TrackReference {
  double x = 0, y = 0;
  double width = 0, height = 0;  // 0 where references have two components
};

// What a query predicts after one layer.
struct TrackOutput {
  BoxXyxy box;  // pixels of the original image
  int label = 0;
  std::string class_name;
  double score = 0;  // 0 to 1
};

struct QueryTrack {
  int query = 0;
  std::vector<TrackReference> references;  // input of each layer, dec.0 first
  std::vector<TrackOutput> outputs;        // after each layer
};

struct QueryTracks {
  FigurePhoto photo;
  std::vector<QueryTrack> queries;  // all of the image
  int components = 4;               // of the references, 2 or 4
  int selected = -1;                // query shown in detail; -1: none
  double threshold = 0.2;           // queries below it are only hinted at
  std::string note;                 // a sentence for the caption, may be empty
};

// Throws Error for a figure without queries, with tracks of unequal length or none at all, or
// whose selected query is not among them; as write_page.
//
// Reference points at the input of dec.0 and centres after the last layer; boxes over the layers
// and a chart of score and overlap for the selected query.
void draw_references_figure(const QueryTracks& tracks, const std::filesystem::path& out,
                            const FigureRecord& record);
// One panel per layer: centres after it, coloured by class, area by score. Two columns wide.
void draw_queries_figure(const QueryTracks& tracks, const std::filesystem::path& out,
                         const FigureRecord& record);
// Paths of the centres from layer to layer; boxes, classes and scores of the selected query.
void draw_query_drift_figure(const QueryTracks& tracks, const std::filesystem::path& out,
                             const FigureRecord& record);
// Arrows from the first reference point to the final centre, coloured by class.
void draw_ref_to_box_figure(const QueryTracks& tracks, const std::filesystem::path& out,
                            const FigureRecord& record);

}  // namespace saccade
