// The gallery's pictures of detections.
#include "saccade/render/detection_figure.h"
#include "tests/render/figure_gallery.h"
#include "tests/render/synthetic_attention.h"

namespace saccade::gallery {
namespace {

NamedDetection detection(int query, int label, double score, const BoxXyxy& box) {
  const std::vector<std::string> names = {"",          "vehicle",       "bike",
                                          "motorbike", "traffic_light", "traffic_sign"};
  return {{query, label, label, score, box}, names[static_cast<std::size_t>(label)]};
}

DetectionFigure street_detections(const Photos& photos) {
  DetectionFigure f;
  f.photo = photo_of(photos.street, "Town03_013980.jpg");
  f.threshold = 0.3;
  f.queries = 100, f.classes = 6;
  f.detections = {detection(1, 1, 0.68, {80, 187, 160, 213}),
                  detection(14, 1, 0.60, kVan),
                  detection(6, 1, 0.49, {2, 176, 66, 213}),
                  detection(49, 4, 0.35, {463, 117, 476, 142}),
                  detection(43, 4, 0.34, kLight),
                  detection(0, 4, 0.34, {516, 97, 532, 119}),
                  detection(54, 4, 0.34, {490, 108, 500, 131}),
                  detection(84, 4, 0.32, {488, 106, 503, 130}),
                  detection(3, 4, 0.32, {487, 107, 502, 132})};
  return f;
}

DetectionFigure many_detections(const Photos& photos) {
  DetectionFigure f = street_detections(photos);
  f.detections.clear();
  synthetic::Numbers numbers(3);
  for (int i = 0; i < 100; ++i) {
    const double x = numbers.between(0, 600), y = numbers.between(60, 330);
    const double w = numbers.between(4, 90), h = numbers.between(4, 60);
    f.detections.push_back(detection(i, 1 + i % 5, 0.99 - 0.0069 * i, {x, y, x + w, y + h}));
  }
  return f;
}

}  // namespace

void add_detections(Gallery& gallery, const Photos& photos) {
  const auto page = [](const DetectionFigure& f) {
    return [&f](const fs::path& out) {
      draw_detection_figure(f, DetectionLayout::kPage, out, kRecord);
    };
  };
  const auto native = [](const DetectionFigure& f) {
    return [&f](const fs::path& out) {
      draw_detection_figure(f, DetectionLayout::kNative, out, kRecord);
    };
  };
  DetectionFigure f = street_detections(photos);
  for (const char* name : {"detections.png", "detections.svg", "detections.pdf"})
    gallery.add(name, page(f));
  gallery.add("detections-native.png", native(f));
  f.truth = {{{73, 185, 159, 212}, 1}, {{280, 176, 357, 256}, 1}, {{466, 124, 472, 136}, 4}};
  gallery.add("detections-truth.png", page(f));
  const DetectionFigure many = many_detections(photos);
  gallery.add("detections-100.png", page(many));
  gallery.add("detections-100-native.png", native(many));
  DetectionFigure none = street_detections(photos);
  none.detections.clear();
  none.best_below = detection(7, 1, 0.21, kVan);
  gallery.add("detections-0.png", page(none));
  DetectionFigure huge = street_detections(photos);
  huge.photo.image = &photos.huge;
  for (NamedDetection& d : huge.detections) {
    BoxXyxy& b = d.detection.box;
    b = {3 * b.x0, 3 * b.y0, 3 * b.x1, 3 * b.y1};
  }
  gallery.add("detections-1920.png", page(huge));
  gallery.add("detections-1920-native.png", native(huge));
  DetectionFigure tiny = street_detections(photos);
  tiny.photo.image = &photos.tiny;
  tiny.detections = {detection(14, 1, 0.6, {6, 4, 58, 60}), detection(2, 4, 0.4, {1, 1, 5, 5})};
  gallery.add("detections-64.png", page(tiny));
  gallery.add("detections-64-native.png", native(tiny));
  DetectionFigure tall = street_detections(photos);
  tall.photo = {&photos.portrait,
                "a very long file name of a photograph that was exported by some "
                "telephone 2024-11-23 12.03.55 (copy) 000000006818.jpg",
                800, 1199, "r50"};
  tall.detections = {detection(14, 2, 0.93, {60, 250, 380, 600})};
  gallery.add("detections-portrait.png", page(tall));
}

}  // namespace saccade::gallery
