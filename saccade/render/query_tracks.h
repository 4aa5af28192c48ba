// Queries over the decoder's layers, and the parts that their figures share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saccade/render/page_layout.h"

namespace saccade {

// Reference of a query, pixels of the original image: a point, or a box with that centre.
struct TrackReference {
  double x = 0, y = 0;
  double width = 0, height = 0;  // 0 where references have two components
};

// Of a reference that has one.
BoxXyxy box_of(const TrackReference& reference);

// What a query predicts after one layer.
struct TrackOutput {
  BoxXyxy box;  // pixels of the original image
  int label = 0;
  std::string class_name;
  double score = 0;  // 0 to 1
};

struct QueryTrack {
  int query = 0;
  std::vector<TrackReference> references;  // input of each layer, dec.0 first; plain DETR: none
  std::vector<TrackOutput> outputs;        // after each layer

  const TrackOutput& last() const { return outputs.back(); }
};

struct QueryTracks {
  FigurePhoto photo;
  std::vector<QueryTrack> queries;  // all of the image
  int components = 4;               // of the references, 2 or 4; 0: plain DETR has none
  int selected = -1;                // query shown in detail; -1: none
  double threshold = 0.2;           // queries below it are only hinted at
  std::string note;                 // a sentence for the caption, may be empty

  // Throws Error for no queries, tracks of unequal or no length, a selected query that is missing.
  void check() const;
  int layers() const { return static_cast<int>(queries.front().outputs.size()); }
  const QueryTrack* selected_track() const;
  bool is_shown(const QueryTrack& track) const { return track.last().score >= threshold; }
};

// "300 queries · dec.0-dec.5"; and the end of a caption: note and photograph.
std::string tracks_subtitle(const QueryTracks& tracks);
std::string tracks_caption_end(const QueryTracks& tracks);

// A place in pixels of the original image.
struct TrackPlace {
  double x = 0, y = 0;
};
TrackPlace centre_of(const BoxXyxy& box);
// The reference at the input of dec.0; without references the centre after dec.0.
TrackPlace start_of(const QueryTrack& track);
// From there to the centre after the last layer, in pixels.
double shift_px(const QueryTrack& track);

// Arrows are drawn for shifts from this on, in pixels of the original image.
inline constexpr double kArrowFromPx = 3;

struct ShiftSummary {
  double median = 0, largest = 0;
};
// Over the queries at or above the threshold; zeros where there are none.
ShiftSummary shift_summary(const QueryTracks& tracks);

// The shown queries by ascending score, so that the best are drawn last.
std::vector<const QueryTrack*> shown_queries(const QueryTracks& tracks);

// Radius of a query's dot in points: 3 sqrt(score).
double query_radius(double score);
// Grey dots of 0.6 pt for the queries below the threshold, after layer `layer`.
void draw_faint_queries(Canvas& canvas, const PhotoView& view, const QueryTracks& tracks,
                        int layer);

// Classes of the shown queries after the last layer with their counts, in as many rows as they need,
// then the words, if any. Returns the lower end.
// `every_layer` adds the classes that show after earlier layers only, with a count of 0.
double draw_class_legend(Canvas& canvas, PagePoint at, double width, const QueryTracks& tracks,
                         bool every_layer = false);

// Colour of step `index` of `count`: cividis from 0.15 to 1.
Color step_color(int index, int count);

// Boxes and centres of the steps of one query over the photo, the last on top.
struct TrackStep {
  TrackPlace centre;
  std::optional<BoxXyxy> box;
};
void draw_track_steps(Canvas& canvas, const PhotoView& view, const Image& photo,
                      const std::vector<TrackStep>& steps);
// square_holding() all steps.
BoxXyxy steps_crop(const std::vector<TrackStep>& steps, const Image& photo);

// Colours of the steps as a row of swatches with their names. Returns the lower end.
double draw_step_legend(Canvas& canvas, PagePoint at, double width,
                        const std::vector<std::string>& names, std::string_view words);

// Score and overlap with the final box after each layer; under the layers' numbers the class where
// it changes. Returns the lower end.
double draw_track_chart(Canvas& canvas, const PageRect& rect, const QueryTrack& track,
                        bool with_classes);

}  // namespace saccade
