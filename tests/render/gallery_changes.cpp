// The gallery's pictures of before and after: lost, gained and kept boxes, many, none, tall and dark photos.
#include "saccade/core/error.h"
#include "saccade/render/before_after_figure.h"
#include "tests/render/figure_gallery.h"
#include "tests/render/synthetic_attention.h"

namespace saccade::gallery {
namespace {

NamedDetection detection(int query, int label, double score, const BoxXyxy& box) {
  return {{query, label, label, score, box}, label == 1 ? "vehicle" : "traffic_light"};
}

BeforeAfterFigure street_changes(const Photos& photos) {
  BeforeAfterFigure f;
  f.photo = photo_of(photos.street, "Town03_013980.jpg");
  f.threshold = 0.3;
  f.interventions = {"dec.*.cross.level0=off(renorm)"};
  f.before = {detection(1, 1, 0.68, {80, 187, 160, 213}), detection(14, 1, 0.60, kVan),
              detection(6, 1, 0.49, kBorderCar), detection(49, 4, 0.35, {463, 117, 476, 142}),
              detection(43, 4, 0.34, kLight)};
  f.after = {detection(14, 1, 0.55, {276, 182, 362, 266}),
             detection(8, 1, 0.41, {82, 190, 158, 216}),
             detection(30, 4, 0.33, {466, 124, 472, 136})};
  return f;
}

std::vector<NamedDetection> many(std::uint64_t seed) {
  synthetic::Numbers numbers(seed);
  std::vector<NamedDetection> detections;
  for (int i = 0; i < 40; ++i) {
    const double x = numbers.between(0, 600), y = numbers.between(60, 330);
    const double w = numbers.between(4, 90), h = numbers.between(4, 60);
    detections.push_back(detection(i, 1 + 3 * (i % 2), 0.99 - 0.015 * i, {x, y, x + w, y + h}));
  }
  return detections;
}

}  // namespace

void add_changes(Gallery& gallery, const Photos& photos) {
  const auto add = [&](const std::string& name, const BeforeAfterFigure& f) {
    gallery.add(name, [&f](const fs::path& out) { draw_before_after_figure(f, out, kRecord); });
  };
  BeforeAfterFigure f = street_changes(photos);
  for (const char* suffix : {"png", "svg", "pdf"}) add(text_of("before-after.", suffix), f);
  for (int head = 0; head < 30; ++head)
    f.interventions.push_back(text_of("dec.", head % 6, ".cross.head", head % 8, "=off(mean)"));
  f.before = many(1), f.after = many(2);
  for (std::size_t i = 0; i < 20; ++i) f.after[i].detection.box = f.before[i].detection.box;
  add("before-after-many.png", f);
  f = street_changes(photos);
  f.after.clear();
  add("before-after-blind.png", f);
  f.before.clear();
  add("before-after-none.png", f);
  f = street_changes(photos);
  f.photo = {&photos.portrait, "000000006818.jpg", 800, 1199, "r50"};
  add("before-after-portrait.png", f);
}

}  // namespace saccade::gallery
