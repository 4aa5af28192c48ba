// The gallery's attention maps and grids.
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/grid_figure.h"
#include "saccade/render/heat_figure.h"
#include "saccade/render/map_figure.h"
#include "tests/render/figure_gallery.h"
#include "tests/render/synthetic_attention.h"

namespace saccade::gallery {
namespace {

HeatFigure street_heat(const Photos& photos, int levels, const BoxXyxy& box) {
  HeatFigure f;
  f.photo = photo_of(photos.street, "Town03_013980.jpg");
  f.query = {14, "vehicle", 0.6, box, ""};
  f.place = "dec.5";
  const AttentionSelection s = synthetic::selection(8, levels, 4);
  f.heads = s.heads;
  f.levels = synthetic::scattered(synthetic::decoder_points(box, s, 5), s, 416, 248, 640, 380);
  f.query_specific = {0.13, 0.0003};
  return f;
}

HeatFigure dense_heat(const Photos& photos) {
  HeatFigure f = street_heat(photos, 1, kVan);
  f.kind = HeatKind::kDense;
  f.photo.model = "detr_r50";
  f.levels = {synthetic::dense_map(25, 42, 640, 380, kVan, 3)};
  return f;
}

// A map that is higher on the right than on the left of the box, as directed contributions are.
MapFigure street_map(const Photos& photos, int panels) {
  MapFigure f;
  f.photo = photo_of(photos.street, "Town03_013980.jpg");
  f.query = {14, "vehicle", 0.6, kVan, ""};
  f.method = "directed";
  f.meaning = "Made-up values: orange raises the target, blue lowers it.";
  const HeatLevel cells = synthetic::dense_map(25, 42, 640, 380, kVan, 3);
  const auto density = heat_density({cells}, 640, 380, {0, 0, 640, 380}, 640, 380);
  for (int i = 0; i < panels; ++i) {
    MapPanel panel{text_of("box side x", i), "px per 10\u00A0000\u00A0px", {}, i % 2 == 0};
    for (std::size_t p = 0; p < density.size(); ++p) {
      const bool is_left = static_cast<double>(p % 640) < 319;
      panel.values.push_back(density[p] * (panel.is_signed && is_left ? -1e3 : 1e4));
    }
    f.panels.push_back(panel);
  }
  return f;
}

GridFigure street_grid(const Photos& photos, const AttentionSelection& s, int layers) {
  GridFigure f;
  f.photo = photo_of(photos.street, "Town03_013980.jpg");
  f.query = {14, "vehicle", 0.6, kVan, ""};
  f.selection = s;
  for (int layer = 0; layer < layers; ++layer) {
    GridRow row;
    row.layer = layer;
    row.points = synthetic::decoder_points(kVan, s, 40 + static_cast<std::uint64_t>(layer));
    row.reference = {319, 219};
    row.reference_box = BoxXyxy{283.0 - layer, 178, 352, 258.0 + layer};
    f.rows.push_back(row);
  }
  f.query_specific = {0.11, 0.0003};
  return f;
}

}  // namespace

void add_maps(Gallery& gallery, const Photos& photos) {
  const auto draw = [](const HeatFigure& f) {
    return [f](const fs::path& out) { draw_heat_figure(f, out, kRecord); };
  };
  for (const char* name : {"heat.png", "heat.svg", "heat.pdf"})
    gallery.add(name, draw(street_heat(photos, 4, kVan)));
  gallery.add("heat-tiny.png", draw(street_heat(photos, 4, kLight)));
  gallery.add("heat-border.png", draw(street_heat(photos, 4, kBorderCar)));
  gallery.add("heat-large.png", draw(street_heat(photos, 4, {30, 20, 600, 370})));
  gallery.add("heat-6-levels.png", draw(street_heat(photos, 6, kVan)));
  gallery.add("heat-1-level.png", draw(street_heat(photos, 1, kVan)));
  gallery.add("heat-dense.png", draw(dense_heat(photos)));
  HeatFigure f = dense_heat(photos);
  f.place = "enc.5";
  f.query.reset();
  f.token = {0, 32, 20, 14, 608, 312, 220, std::pair{320.0, 218.0}};
  gallery.add("heat-dense-encoder.png", draw(f));
  f = street_heat(photos, 4, {200, 100, 460, 330});
  f.kind = HeatKind::kFlow;
  f.query.reset();
  f.place = "enc.0 to enc.5";
  f.token = {0, 8, 26, 17, 910, 326, 214, std::pair{320.0, 218.0}};
  f.query_specific = {};
  gallery.add("flow.png", draw(f));
  f = street_heat(photos, 4, {60, 250, 380, 600});
  f.photo = photo_of(photos.portrait, "000000006818.jpg");
  f.levels =
      synthetic::scattered(synthetic::decoder_points(f.query->box, synthetic::selection(), 5),
                           synthetic::selection(), 800, 1199, 427, 640);
  gallery.add("heat-portrait.png", draw(f));
  for (const int panels : {1, 3}) {
    const MapFigure map = street_map(photos, panels);
    gallery.add(text_of("map-", panels, ".png"),
                [map](const fs::path& out) { draw_map_figure(map, out, kRecord); });
  }
}

void add_grids(Gallery& gallery, const Photos& photos) {
  const auto draw = [](const GridFigure& f) {
    return [f](const fs::path& out) { draw_grid_figure(f, out, kRecord); };
  };
  const GridFigure street = street_grid(photos, synthetic::selection(), 6);
  for (const char* name : {"grid.png", "grid.svg", "grid.pdf"}) gallery.add(name, draw(street));
  gallery.add("grid-16-heads.png", draw(street_grid(photos, synthetic::selection(16, 6, 4), 6)));
  gallery.add("grid-2-heads.png", draw(street_grid(photos, synthetic::selection(2, 4, 4), 2)));
  GridFigure f = street_grid(photos, synthetic::selection(8, 1, 4), 6);
  for (GridRow& row : f.rows) row.reference_box.reset();
  gallery.add("grid-1-level-2d.png", draw(f));
  f = street;
  f.module = "enc";
  f.query.reset();
  f.token = {0, 8, 26, 17, 910, 326, 214, std::pair{320.0, 218.0}};
  for (GridRow& row : f.rows) {
    row.reference_box.reset();
    row.points = synthetic::encoder_points(326, 214, f.selection, 640.0 / 416,
                                           60 + static_cast<std::uint64_t>(row.layer));
  }
  gallery.add("grid-encoder.png", draw(f));
  f = street_grid(photos, synthetic::selection(8, 1, 1), 6);
  for (GridRow& row : f.rows) {
    row.points.clear();
    for (int head = 0; head < 8; ++head)
      row.maps.push_back(synthetic::dense_map(
          25, 42, 640, 380, kVan, static_cast<std::uint64_t>(8 * row.layer + head + 1)));
  }
  gallery.add("grid-dense.png", draw(f));
}

}  // namespace saccade::gallery
