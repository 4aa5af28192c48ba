// Draws every figure from made-up attention over real photographs: figure_gallery OUTDIR [FILTER].
#include <chrono>
#include <cstdio>
#include <string>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"
#include "saccade/render/detection_figure.h"
#include "saccade/render/points_figure.h"
#include "tests/render/synthetic_attention.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

const FigureRecord kRecord{"saccade explain street.jpg --query 14", "0.1.0", "0123abcd", "7"};
const BoxXyxy kVan{278, 175, 360, 262}, kLight{518, 99, 528, 118}, kBorderCar{1, 172, 62, 210};

struct Photos {
  Image street = read_image(SACCADE_SOURCE_DIR "/tests/assets/Town03_013980.jpg", true);
  Image near_car = read_image(SACCADE_SOURCE_DIR "/tests/assets/Town03_017380.jpg", true);
  Image portrait = read_image(SACCADE_SOURCE_DIR "/tests/assets/000000006818.jpg", true);
  Image huge = crop_photo(street, {0, 0, 640, 380}, 1920, 1140);
  Image tiny = crop_photo(street, {270, 170, 370, 270}, 64, 64);
  Image dark = [this] {
    Image image = near_car;
    treat_photo(image, {0.9, 0.12, 0});
    return image;
  }();
};

// Draws one figure in the folder, timed; `filter` must be part of its name.
class Gallery {
 public:
  Gallery(fs::path folder, std::string filter)
      : folder_(std::move(folder)), filter_(std::move(filter)) {}

  template <typename Draw>
  void add(const std::string& name, const Draw& draw) {
    if (name.find(filter_) == std::string::npos) return;
    const auto start = std::chrono::steady_clock::now();
    draw(folder_ / name);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    std::printf("%-28s %6.0f ms  %7.0f kB\n", name.c_str(), took.count(),
                static_cast<double>(fs::file_size(folder_ / name)) / 1024);
  }

 private:
  fs::path folder_;
  std::string filter_;
};

FigurePhoto photo_of(const Image& image, const std::string& file) {
  return {&image, file, 416, 248, "street_r18"};
}

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

PointsFigure street_points(const Photos& photos, const BoxXyxy& box = kVan) {
  PointsFigure f;
  f.photo = photo_of(photos.street, "Town03_013980.jpg");
  f.query = {14, "vehicle", 0.6, box, ""};
  f.layer = 5;
  f.selection = synthetic::selection();
  f.points = synthetic::decoder_points(box, f.selection, 5);
  f.reference_x = (box.x0 + box.x1) / 2;
  f.reference_y = (box.y0 + box.y1) / 2 + 1;
  f.query_specific = 0.13;
  return f;
}

void add_points(Gallery& gallery, const Photos& photos) {
  const auto draw = [](const PointsFigure& f) {
    return [f](const fs::path& out) { draw_points_figure(f, out, kRecord); };
  };
  PointsFigure f = street_points(photos);
  for (const char* name : {"points-weight.png", "points-weight.svg", "points-weight.pdf"})
    gallery.add(name, draw(f));
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
  f.query_specific = 0.21;
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

void draw_all(const fs::path& folder, const std::string& filter) {
  const Photos photos;
  Gallery gallery(folder, filter);
  add_detections(gallery, photos);
  add_points(gallery, photos);
  add_tokens(gallery, photos);
}

}  // namespace
}  // namespace saccade

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: figure_gallery OUTDIR [FILTER]\n", stderr);
    return 2;
  }
  try {
    saccade::draw_all(argv[1], argc > 2 ? argv[2] : "");
  } catch (const saccade::Error& error) {
    std::fprintf(stderr, "figure_gallery: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
