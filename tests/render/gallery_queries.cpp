// The gallery's pictures of queries over the layers and of self-attention.
#include <algorithm>
#include <cmath>

#include "saccade/render/queries_figure.h"
#include "saccade/render/references_figure.h"
#include "saccade/render/self_attention_figure.h"
#include "tests/render/figure_gallery.h"
#include "tests/render/synthetic_attention.h"

namespace saccade::gallery {
namespace {

const std::vector<std::string> kNames = {"",          "vehicle",       "bike",
                                         "motorbike", "traffic_light", "traffic_sign"};

BoxXyxy around(double x, double y, double width, double height) {
  return {x - width / 2, y - height / 2, x + width / 2, y + height / 2};
}

// A query that settles on `target` from a start some pixels away.
QueryTrack track_to(int query, const BoxXyxy& target, int label, double score, int layers,
                    double away, synthetic::Numbers& numbers) {
  QueryTrack track{query, {}, {}};
  const TrackPlace end = centre_of(target);
  const double dx = numbers.between(-away, away), dy = numbers.between(-away, away);
  for (int layer = 0; layer <= layers; ++layer) {
    const double left = std::exp(-1.1 * layer) * (layer == layers ? 0 : 1);
    const double x = end.x + dx * left, y = end.y + dy * left, grow = 1 + 0.4 * left;
    const double w = target.width() * grow, h = target.height() * grow;
    if (layer < layers) track.references.push_back({x, y, w, h});
    if (layer == 0) continue;
    const int shown = layer < 2 && query == 14 ? 3 : label;
    track.outputs.push_back({around(x, y, w, h), shown, kNames[static_cast<std::size_t>(shown)],
                             score * (1 - 0.6 * std::exp(-0.8 * layer))});
  }
  return track;
}

QueryTracks street_tracks(const Photos& photos, int components, int layers, double away) {
  QueryTracks t;
  t.photo = photo_of(photos.street, "Town03_013980.jpg");
  t.components = components;
  synthetic::Numbers numbers(8);
  t.queries.push_back(track_to(14, kVan, 1, 0.66, layers, 2 * away, numbers));
  t.queries.push_back(track_to(1, {80, 187, 160, 213}, 1, 0.75, layers, away, numbers));
  t.queries.push_back(track_to(6, {2, 176, 66, 213}, 1, 0.5, layers, away, numbers));
  for (int i = 0; i < 7; ++i) {
    const double x = 180 + 50 * i, y = 115 + 3 * (i % 3);
    t.queries.push_back(
        track_to(20 + i, around(x, y, 9, 18), 4 + i % 2, 0.25 + 0.03 * i, layers, away, numbers));
  }
  for (int i = 0; i < 90; ++i) {
    const double x = numbers.between(0, 640), y = numbers.between(90, 240);
    t.queries.push_back(track_to(100 + i, around(x, y, 12, 12), 1, numbers.between(0.01, 0.15),
                                 layers, away, numbers));
  }
  t.selected = 14;
  return t;
}

SelfAttentionFigure street_self_attention(const Photos& photos) {
  SelfAttentionFigure f;
  f.photo = photo_of(photos.street, "Town03_013980.jpg");
  f.query = {14, "vehicle", 0.6, kVan, ""};
  f.layer = 5;
  f.heads = synthetic::selection().heads;
  synthetic::Numbers numbers(4);
  double sum = 0;
  for (const QueryTrack& track : street_tracks(photos, 4, 6, 10).queries) {
    const double near = std::exp(
        -std::hypot(centre_of(track.last().box).x - 319, centre_of(track.last().box).y - 218) / 90);
    f.read.push_back({track.query, near * numbers.next() + 0.01, track.last().label,
                      track.last().class_name, track.last().score, track.last().box});
    sum += f.read.back().weight;
  }
  for (ReadQuery& read : f.read) read.weight /= sum;
  return f;
}

}  // namespace

void add_queries(Gallery& gallery, const Photos& photos) {
  QueryTracks t = street_tracks(photos, 4, 6, 8);
  for (const char* name : {"references.png", "references.svg", "references.pdf"})
    gallery.add(name, [&](const fs::path& out) { draw_references_figure(t, out, kRecord); });
  gallery.add("query-drift.png",
              [&](const fs::path& out) { draw_query_drift_figure(t, out, kRecord); });
  gallery.add("queries.png", [&](const fs::path& out) { draw_queries_figure(t, out, kRecord); });
  gallery.add("ref-to-box.png",
              [&](const fs::path& out) { draw_ref_to_box_figure(t, out, kRecord); });
  t = street_tracks(photos, 2, 6, 60);
  gallery.add("references-2d.png",
              [&](const fs::path& out) { draw_references_figure(t, out, kRecord); });
  gallery.add("query-drift-2d.png",
              [&](const fs::path& out) { draw_query_drift_figure(t, out, kRecord); });
  gallery.add("ref-to-box-2d.png",
              [&](const fs::path& out) { draw_ref_to_box_figure(t, out, kRecord); });
  t.selected = -1;
  gallery.add("references-all.png",
              [&](const fs::path& out) { draw_references_figure(t, out, kRecord); });
  gallery.add("query-drift-all.png",
              [&](const fs::path& out) { draw_query_drift_figure(t, out, kRecord); });
  t = street_tracks(photos, 4, 1, 8);
  gallery.add("references-1-layer.png",
              [&](const fs::path& out) { draw_references_figure(t, out, kRecord); });
  t = street_tracks(photos, 4, 12, 20);
  t.photo = photo_of(photos.portrait, "000000006818.jpg");
  gallery.add("references-12-portrait.png",
              [&](const fs::path& out) { draw_references_figure(t, out, kRecord); });
  const SelfAttentionFigure s = street_self_attention(photos);
  for (const char* name : {"self-attention.png", "self-attention.svg", "self-attention.pdf"})
    gallery.add(name, [&](const fs::path& out) { draw_self_attention_figure(s, out, kRecord); });
}

}  // namespace saccade::gallery
