// The gallery's pictures of data sets: sheets, single images, draws of training, statistics, curves.
#include <algorithm>
#include <cmath>

#include "saccade/render/augmentation_figure.h"
#include "saccade/render/contact_sheet_figure.h"
#include "saccade/render/dataset_stats_figure.h"
#include "saccade/render/precision_recall_figure.h"
#include "saccade/render/truth_page_figure.h"
#include "tests/render/dataset_figures.h"
#include "tests/render/figure_gallery.h"
#include "tests/render/synthetic_attention.h"

namespace saccade::gallery {

std::vector<ClassStyle> made_up_classes(int count) {
  const std::vector<std::string> names = {"vehicle", "bike", "motorbike", "traffic_light",
                                          "traffic_sign"};
  std::vector<ClassStyle> classes;
  for (int i = 0; i < count; ++i) {
    ClassStyle c;
    c.name = count == 5 ? names[static_cast<std::size_t>(i)] : "class number " + std::to_string(i);
    c.color_index = i + 1;
    classes.push_back(c);
  }
  return classes;
}

TruthPicture made_up_picture(const Image& photo, const std::string& file, int boxes, int classes,
                             std::uint32_t seed) {
  TruthPicture picture;
  picture.file = file, picture.width = photo.width, picture.height = photo.height;
  picture.pixels = photo;
  synthetic::Numbers numbers(seed);
  for (int i = 0; i < boxes; ++i) {
    const double w = std::min(double(photo.width), 3 * std::exp(numbers.between(0, 4)));
    const double h = std::min(double(photo.height), 3 * std::exp(numbers.between(0, 4)));
    const double x = numbers.between(0, photo.width - w), y = numbers.between(0, photo.height - h);
    const auto label = static_cast<std::size_t>(numbers.between(0, classes) * 0.999);
    picture.objects.push_back({{x, y, x + w, y + h}, label, w * h, false, nullptr});
  }
  return picture;
}

void count_classes(ContactSheetFigure& figure) {
  for (const TruthPicture& picture : figure.pictures)
    for (const TruthObject& o : picture.objects)
      ++(o.is_crowd ? figure.classes[o.label].crowd : figure.classes[o.label].boxes);
  style_classes(figure.classes);
}

ContactSheetFigure made_up_sheet(const Photos& photos, int images, int boxes, int classes) {
  ContactSheetFigure figure;
  figure.title = "carla-street · val";
  figure.classes = made_up_classes(classes);
  figure.selection = text_of("Images chosen at random (", images, " of 84)");
  const std::vector<const Image*> pool = {&photos.street, &photos.near_car, &photos.portrait,
                                          &photos.street, &photos.tiny,     &photos.panorama};
  for (int i = 0; i < images; ++i)
    figure.pictures.push_back(made_up_picture(*pool[static_cast<std::size_t>(i) % pool.size()],
                                              text_of("val/Town03_0", 13980 + i, ".jpg"), boxes,
                                              classes, static_cast<std::uint32_t>(i)));
  count_classes(figure);
  return figure;
}

namespace {

// A round region in the middle of a picture.
TruthObject crowd_object(const TruthPicture& picture, std::size_t label) {
  auto mask = std::make_shared<RegionMask>();
  mask->width = picture.width, mask->height = picture.height;
  mask->inside.resize(static_cast<std::size_t>(mask->width) * mask->height);
  const double cx = 0.5 * mask->width, cy = 0.5 * mask->height, r = 0.25 * mask->height;
  for (int y = 0; y < mask->height; ++y)
    for (int x = 0; x < mask->width; ++x)
      mask->inside[static_cast<std::size_t>(y) * mask->width + x] =
          std::hypot(x - cx, (y - cy) * 1.4) < r ? 1 : 0;
  const double area = double(std::ranges::count(mask->inside, 1));
  return {{cx - r, cy - r / 1.4, cx + r, cy + r / 1.4}, label, area, true, mask};
}

void add_sheets(Gallery& gallery, const Photos& photos) {
  const auto sheet = [&](const std::string& name, const ContactSheetFigure& f) {
    gallery.add(name, [&](const fs::path& out) { draw_contact_sheet(f, out, kRecord); });
  };
  ContactSheetFigure f = made_up_sheet(photos, 12, 5, 5);
  for (const char* name : {"sheet-12.png", "sheet-12.svg", "sheet-12.pdf"}) sheet(name, f);
  for (const int columns : {8, 3, 2, 1}) {
    f.columns = columns;
    if (columns == 1) f.pictures.resize(2);
    sheet(text_of("sheet-columns-", columns, ".png"), f);
  }
  sheet("sheet-80-classes.png", made_up_sheet(photos, 24, 8, 80));
  sheet("sheet-300-boxes.png", made_up_sheet(photos, 4, 300, 5));
  sheet("sheet-1.png", made_up_sheet(photos, 1, 3, 5));
  sheet("sheet-0-boxes.png", made_up_sheet(photos, 5, 0, 5));
  f = made_up_sheet(photos, 6, 3, 5);
  f.pictures[0].file =
      "a folder/a very long file name of some telephone 2024-11-23 (copy) 000017.jpg";
  f.pictures[1].file = "straße/日本語の写真-ファイル名-000017.jpg";
  f.pictures[2].pixels = {};
  f.pictures[2].problem = "Town03_013982.jpg: not a JPEG or PNG file; convert it first";
  f.pictures[3].objects.push_back(crowd_object(f.pictures[3], 1));
  f.pictures[4].pixels = Image(1, 1), f.pictures[4].width = f.pictures[4].height = 1;
  f.pictures[4].objects = {{{0, 0, 1, 1}, 2, 1, false, nullptr}};
  f.pictures[5].objects.push_back({{100, 10, 600, 90}, 0, 40000, true, nullptr});
  f.title = "A data set with a very long name that somebody gave it without thinking of figures";
  f.subtitle =
      "ground truth of a split that has a long name as well, sheet by sheet by sheet by sheet";
  f.classes = made_up_classes(5);
  f.classes[0].name = "a class whose name is longer than any legend has room for, on any page";
  count_classes(f);
  f.labels = BoxLabels::kOn;
  sheet("sheet-hard.png", f);
}

void add_truth_pages(Gallery& gallery, const Photos& photos) {
  const auto page = [&](const std::string& name, const Image& image, int boxes, int classes) {
    ContactSheetFigure f = made_up_sheet(photos, 1, 0, classes);
    f.title = "000000006818.jpg";
    f.pictures = {made_up_picture(image, "000000006818.jpg", boxes, classes, 5)};
    if (boxes == 20) f.pictures[0].objects.push_back(crowd_object(f.pictures[0], 3));
    f.classes = made_up_classes(classes);
    count_classes(f);
    gallery.add(name, [&](const fs::path& out) { draw_truth_page(f, out, kRecord); });
  };
  page("truth.png", photos.street, 9, 5);
  page("truth-crowd.png", photos.portrait, 20, 80);
  page("truth-300.png", photos.street, 300, 80);
  page("truth-0.png", photos.panorama, 0, 5);
}

AugmentedImage made_up_draws(const Image& photo, const std::string& file, int draws) {
  AugmentedImage image;
  image.original = made_up_picture(photo, file, 6, 5, 11);
  synthetic::Numbers numbers(5);
  for (int i = 0; i < draws; ++i) {
    const double w = numbers.between(0.5, 1) * photo.width,
                 h = numbers.between(0.5, 1) * photo.height;
    const double x = numbers.between(0, photo.width - w), y = numbers.between(0, photo.height - h);
    const double side = numbers.between(480, 800), scale = side / std::min(w, h);
    AugmentedPicture draw;
    draw.crop = {x, y, x + w, y + h}, draw.is_cropped = i != 1;
    const Image cut = crop_photo(photo, draw.crop, std::max(1, int(w)), std::max(1, int(h)));
    draw.picture = made_up_picture(cut, file, 4, 5, static_cast<std::uint32_t>(i));
    for (TruthObject& o : draw.picture.objects)
      o.box = {o.box.x0 * scale, o.box.y0 * scale, o.box.x1 * scale, o.box.y1 * scale};
    draw.picture.width = int(w * scale), draw.picture.height = int(h * scale);
    draw.words = text_of("flipped, crop ", int(w), " x ", int(h), " at (", int(x), ", ", int(y),
                         "), ", draw.picture.width, " x ", draw.picture.height);
    image.draws.push_back(draw);
  }
  return image;
}

void add_augmentation(Gallery& gallery, const Photos& photos) {
  for (const int draws : {1, 3, 7}) {
    AugmentationFigure f;
    f.title = "carla-street · train", f.subtitle = "before and after augmentation";
    f.selection = text_of("Image by id, ", draws, " draws of epoch 0 with seed 42");
    f.images = {made_up_draws(photos.street, "Town03_013980.jpg", draws)};
    if (draws == 3) f.images.push_back(made_up_draws(photos.portrait, "000000006818.jpg", 3));
    f.classes = made_up_classes(5);
    for (const AugmentedImage& image : f.images)
      for (const TruthObject& o : image.original.objects) ++f.classes[o.label].boxes;
    style_classes(f.classes);
    gallery.add(text_of("draws-", draws, ".png"),
                [&](const fs::path& out) { draw_augmentation_figure(f, out, kRecord); });
  }
}

void add_stats(Gallery& gallery) {
  for (const int classes : {1, 5, 80}) {
    const DatasetStats stats = made_up_stats(classes);
    for (const auto& [name, width] :
         {std::pair{"double", PageWidth::kDouble}, std::pair{"column", PageWidth::kColumn}})
      gallery.add(text_of("stats-", classes, "-", name, ".png"),
                  [&, w = width](const fs::path& out) {
                    draw_dataset_stats_figure(stats, w, out, kRecord);
                  });
  }
}

void add_precision_recall(Gallery& gallery) {
  for (const int classes : {1, 5, 8, 80}) {
    const PrecisionRecallFigure f = made_up_precision(classes);
    gallery.add(text_of("precision-recall-", classes, ".png"),
                [&](const fs::path& out) { draw_precision_recall_figure(f, out, kRecord); });
  }
}

}  // namespace

DatasetStats made_up_stats(int classes) {
  DatasetStats s;
  s.name = "instances_val.json", s.images = 84, s.empty_images = 3;
  synthetic::Numbers numbers(9);
  for (int i = 0; i < classes; ++i) {
    ClassStats c;
    c.id = std::to_string(i + 1),
    c.name = made_up_classes(classes)[static_cast<std::size_t>(i)].name;
    c.boxes = i < 60 ? 1 + 4000 / ((i + 1) * (i + 1)) : 0;
    c.images = std::min<std::int64_t>(c.boxes, 84 - i);
    c.sizes = {c.boxes / 2, c.boxes / 3, c.boxes - c.boxes / 2 - c.boxes / 3};
    s.boxes += c.boxes;
    for (std::size_t k = 0; k < 3; ++k) s.sizes[k] += c.sizes[k];
    s.classes.push_back(c);
  }
  for (int i = 0; i < 84; ++i)
    ++s.images_by_boxes[static_cast<std::int64_t>(numbers.between(0, 3) * numbers.between(0, 9))];
  for (int i = 0; i <= 32; ++i) s.aspect.edges.push_back(std::exp2(i / 4.0 - 4));
  for (int i = 0; i <= 24; ++i) s.relative.edges.push_back(std::exp2(i / 3.0 - 8));
  for (int i = 0; i <= 22; ++i) s.sides.edges.push_back(std::exp2(i / 2.0));
  for (int i = 0; i < 32; ++i)
    s.aspect.counts.push_back(std::lround(99 * std::exp(-0.1 * (i - 14) * (i - 14))));
  for (int i = 0; i < 24; ++i)
    s.relative.counts.push_back(std::lround(140 * std::exp(-0.06 * (i - 13) * (i - 13))));
  for (int r = 0; r < 22; ++r)
    for (int c = 0; c < 22; ++c)
      s.sides.counts.push_back(std::lround(
          90 * std::exp(-0.08 * (r + c - 18) * (r + c - 18) - 0.5 * (r - c) * (r - c))));
  s.image_sizes = {{{640, 380}, 60}, {{640, 480}, 14}, {{480, 640}, 7}, {{333, 500}, 3}};
  if (classes == 1) s.image_sizes = {{{640, 380}, 84}};
  s.median_boxes = 3, s.median_side = 41, s.median_aspect = 0.82, s.median_share = 0.0042,
  s.narrow = 17;
  return s;
}

PrecisionRecallFigure made_up_precision(int classes) {
  PrecisionRecallFigure f;
  f.subtitle = "street_r18 on carla-street val";
  f.source = "84 images, at most 100 detections each";
  f.model = "street_r18";
  for (int t = 0; t < 10; ++t) f.iou_thresholds.push_back(0.5 + 0.05 * t);
  for (int r = 0; r <= 100; ++r) f.recall_thresholds.push_back(0.01 * r);
  synthetic::Numbers numbers(3);
  for (int k = 0; k < classes; ++k) {
    PrecisionOfClass c;
    c.name = made_up_classes(classes)[static_cast<std::size_t>(k)].name;
    const double reach = numbers.between(0.3, 1), bend = numbers.between(0.5, 4);
    for (int t = 0; t < 10; ++t) {
      const double end = reach * (1 - 0.09 * t);
      for (int r = 0; r <= 100; ++r) {
        const double x = 0.01 * r;
        c.precision.push_back(x > end ? 0 : 1 - 0.9 * std::pow(x / end, bend));
      }
    }
    if (classes > 1 && k == 3) std::fill(c.precision.begin(), c.precision.end(), -1.0);
    f.classes.push_back(c);
  }
  return f;
}

void add_datasets(Gallery& gallery, const Photos& photos) {
  add_sheets(gallery, photos);
  add_truth_pages(gallery, photos);
  add_augmentation(gallery, photos);
  add_stats(gallery);
  add_precision_recall(gallery);
}

}  // namespace saccade::gallery
