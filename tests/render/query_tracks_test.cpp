// Queries over the layers, with and without reference points.
#include "saccade/render/query_tracks.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"

namespace saccade {
namespace {

// Box centres (10, 10) and (13, 14) after two layers.
QueryTracks two_layers(int components) {
  QueryTrack track{
      .query = 0,
      .outputs = {{.box = {5, 5, 15, 15}, .score = 0.9}, {.box = {8, 9, 18, 19}, .score = 0.9}}};
  if (components > 0) track.references = {{.x = 13, .y = 2}, {.x = 13, .y = 14}};
  return {.queries = {track}, .components = components};
}

TEST(QueryTracks, ShiftIsMeasuredFromTheFirstReference) {
  const QueryTracks tracks = two_layers(2);
  tracks.check();
  EXPECT_DOUBLE_EQ(shift_px(tracks.queries[0]), 12);
}

// Plain DETR has no reference points: its queries start where dec.0 puts them.
TEST(QueryTracks, WithoutReferencesItIsMeasuredFromTheFirstCentre) {
  const QueryTracks tracks = two_layers(0);
  tracks.check();
  EXPECT_DOUBLE_EQ(shift_px(tracks.queries[0]), 5);
}

TEST(QueryTracks, MissingReferencesAreAnErrorWhereTheModelHasThem) {
  QueryTracks tracks = two_layers(0);
  tracks.components = 4;
  EXPECT_THROW(tracks.check(), Error);
}

}  // namespace
}  // namespace saccade
