// The gallery's pictures of sampling points.
#include "saccade/render/points_figure.h"

#include "saccade/render/compared_pages.h"
#include "tests/render/figure_gallery.h"
#include "tests/render/synthetic_attention.h"

namespace saccade::gallery {
namespace {

PointsFigure street_points(const Photos& photos, const BoxXyxy& box = kVan) {
  PointsFigure f;
  f.photo = photo_of(photos.street, "Town03_013980.jpg");
  f.query = {14, "vehicle", 0.6, box, ""};
  f.layer = 5;
  f.selection = synthetic::selection();
  f.points = synthetic::decoder_points(box, f.selection, 5);
  f.reference_x = (box.x0 + box.x1) / 2;
  f.reference_y = (box.y0 + box.y1) / 2 + 1;
  f.query_specific = {0.13, 0.0003};
  return f;
}

}  // namespace

void add_points(Gallery& gallery, const Photos& photos) {
  const auto draw = [](const PointsFigure& f) {
    return [f](const fs::path& out) { draw_points_figure(f, out, kRecord); };
  };
  PointsFigure f = street_points(photos);
  for (const char* name : {"points-weight.png", "points-weight.svg", "points-weight.pdf"})
    gallery.add(name, draw(f));
  gallery.add("compared.png", [&photos](const fs::path& out) {
    PointsFigure a = street_points(photos), b = a;
    b.query = {3, "vehicle", 0.48, {270, 170, 352, 258}, ""};
    b.query.truths = {kVan};
    std::vector<FigurePage> pages = points_pages({a, b});
    write_compared_pages({"A \u00B7 street_r18",
                          "B \u00B7 a name that is longer than a column has room for, much longer",
                          pages[0], pages[1], "The same image in A and B."},
                         out, kRecord);
  });
  f.style.scale = WeightScale::kLog;
  gallery.add("points-log.png", draw(f));
  f.style = {PointColor::kWeight, WeightScale::kLinear, true};
  gallery.add("points-relative.png", draw(f));
  f.style = {PointColor::kLevel};
  gallery.add("points-level.png", draw(f));
  f.style = {PointColor::kHead};
  gallery.add("points-head.png", draw(f));
  f = street_points(photos, kLight);
  f.query = {43, "traffic_light", 0.34, kLight, "Chosen as detection 1; no detection above 0.5."};
  gallery.add("points-tiny.png", draw(f));
  gallery.add("points-4px.png", draw(street_points(photos, {345, 149, 349, 153})));
  gallery.add("points-border.png", draw(street_points(photos, kBorderCar)));
  f = street_points(photos, {30, 20, 600, 370});
  gallery.add("points-large.png", draw(f));
  f = street_points(photos, {60, 250, 380, 600});
  f.photo = photo_of(photos.portrait, "000000006818.jpg");
  gallery.add("points-portrait.png", draw(f));
  f.photo = photo_of(photos.dark, "night.jpg");
  f.query.box = {225, 219, 415, 341};
  f.points = synthetic::decoder_points(f.query.box, f.selection, 9);
  f.reference_x = 318, f.reference_y = 282;
  gallery.add("points-dark.png", draw(f));
  f = street_points(photos);
  f.selection = synthetic::selection(8, 1, 4);
  f.points = synthetic::decoder_points(kVan, f.selection, 5);
  gallery.add("points-1-level.png", draw(f));
  f.selection = synthetic::selection(16, 6, 4);
  f.points = synthetic::decoder_points(kVan, f.selection, 5);
  gallery.add("points-6-levels.png", draw(f));
  f.style = {PointColor::kLevel};
  gallery.add("points-6-levels-hue.png", draw(f));
  f = street_points(photos, {6, 4, 58, 60});
  f.photo = photo_of(photos.tiny, "tiny.png");
  gallery.add("points-64.png", draw(f));
  f = street_points(photos, {834, 525, 1080, 786});
  f.photo = photo_of(photos.huge, "huge.jpg");
  gallery.add("points-1920.png", draw(f));
}

void add_tokens(Gallery& gallery, const Photos& photos) {
  TokenPointsFigure f;
  f.photo = photo_of(photos.street, "Town03_013980.jpg");
  f.token = {0, 8, 26, 17, 910, 326, 214, std::pair{320.0, 218.0}};
  f.selection = synthetic::selection();
  for (int layer = 0; layer < 3; ++layer)
    f.panels.push_back({layer, synthetic::encoder_points(326, 214, f.selection, 640.0 / 416,
                                                         20 + static_cast<std::uint64_t>(layer))});
  const auto draw = [](const TokenPointsFigure& figure) {
    return [figure](const fs::path& out) { draw_token_points_figure(figure, out, kRecord); };
  };
  for (const char* name : {"token.png", "token.svg", "token.pdf"}) gallery.add(name, draw(f));
  f.style.color = PointColor::kHead;
  gallery.add("token-head.png", draw(f));
  f.style = {PointColor::kWeight, WeightScale::kLinear, true};
  f.query_specific = {0.21, 0.0003};
  for (int layer = 3; layer < 5; ++layer)
    f.panels.push_back({layer, synthetic::encoder_points(326, 214, f.selection, 640.0 / 416,
                                                         20 + static_cast<std::uint64_t>(layer))});
  gallery.add("token-relative-5.png", draw(f));
  f.style = {};
  f.photo = photo_of(photos.portrait, "000000006818.jpg");
  f.selection = synthetic::selection(8, 6, 4);
  f.panels = {{2, synthetic::encoder_points(326, 214, f.selection, 1, 4)}};
  gallery.add("token-portrait.png", draw(f));
}

}  // namespace saccade::gallery
