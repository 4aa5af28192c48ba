// The picture of `detect`.
#include "saccade/render/detection_figure.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/class_styles.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/label_placement.h"
#include "saccade/render/marks.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr std::size_t kMaxLabels = 25;
constexpr double kSmallBoxShare = 48.0 / 640;  // of the photo's longer side

// Sizes of one layout, in its own unit: points on the page, pixels in native.
struct BoxStyle {
  ClassBoxLines lines;
  double label_size = 6, label_height = 8;
  bool ranks = true;  // labels begin with the rank; small boxes show nothing else
};

bool is_small(const DetectionFigure& figure, const BoxXyxy& box) {
  const double limit =
      kSmallBoxShare * std::max(figure.photo.image->width, figure.photo.image->height);
  return std::max(box.width(), box.height()) < limit;
}

std::string label_of(const DetectionFigure& figure, std::size_t rank, bool with_rank) {
  const NamedDetection& d = figure.detections[rank];
  const std::string score = number_text(d.detection.score, 2);
  const bool small = is_small(figure, d.detection.box);
  if (!with_rank) return small ? score : d.name + " " + score;
  return small ? text_of(rank + 1) : text_of(rank + 1, " ", d.name, " ", score);
}

void draw_labels(Canvas& canvas, const DetectionFigure& figure, const PhotoView& view,
                 const BoxStyle& style) {
  const double pad = 0.18 * style.label_size;
  std::vector<std::string> texts;
  std::vector<LabelRequest> requests;
  for (std::size_t i = 0; i < std::min(figure.detections.size(), kMaxLabels); ++i) {
    texts.push_back(
        shorten_text(label_of(figure, i, style.ranks), view.rect.width / 2, style.label_size));
    requests.push_back({view.to_page(figure.detections[i].detection.box),
                        text_width(texts.back(), style.label_size) + 2 * pad, style.label_height});
  }
  const auto places = place_labels(requests, view.rect);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i]) continue;
    const Color bar = class_color(figure.detections[i].detection.label);
    canvas.fill(*places[i], bar);
    const double baseline =
        places[i]->bottom() - 0.5 * (style.label_height - 0.72 * style.label_size);
    canvas.text({places[i]->x + pad, baseline}, texts[i],
                {style.label_size, false, text_color_on(bar)});
  }
}

void draw_boxes(Canvas& canvas, const DetectionFigure& figure, const PhotoView& view,
                const BoxStyle& style) {
  canvas.clipped(view.rect, [&] {
    for (const TruthBox& truth : figure.truth)
      draw_truth_box(canvas, view.to_page(truth.box), class_color(truth.label));
    ClassBoxLines lines = style.lines;
    if (figure.detections.size() > kMaxLabels)
      lines = {0.7 * lines.line, 0.7 * lines.casing, 0.7 * lines.white};
    for (std::size_t i = figure.detections.size(); i-- > 0;) {
      const Detection& d = figure.detections[i].detection;
      draw_class_box(canvas, view.to_page(d.box), class_color(d.label), lines);
    }
  });
  draw_labels(canvas, figure, view, style);
}

std::string empty_text(const DetectionFigure& figure) {
  std::string text = text_of("no detection above ", figure.threshold);
  if (figure.best_below) {
    const NamedDetection& best = *figure.best_below;
    text += text_of("; best: ", best.name, " ", number_text(best.detection.score, 2), " (query ",
                    best.detection.query, ")");
  }
  return text;
}

void draw_list_row(Canvas& canvas, const NamedDetection& d, std::size_t rank, PagePoint at,
                   double width) {
  draw_class_swatch(canvas, at, class_color(d.detection.label));
  canvas.text({at.x + 15, at.y}, text_of(rank), {kLegendSize, false, kInk2, TextAlign::kRight});
  const double score_x = at.x + width - 34.5;
  canvas.text({at.x + 18.5, at.y}, shorten_text(d.name, score_x - 15 - at.x - 18.5, kLegendSize),
              {kLegendSize});
  canvas.text({score_x, at.y}, number_text(d.detection.score, 2),
              {kLegendSize, false, kInk, TextAlign::kRight});
  canvas.text({score_x + 4.5, at.y}, text_of("query ", d.detection.query),
              {kLegendSize, false, kInk2});
}

// The list from y downwards; returns where it ends.
double draw_list(Canvas& canvas, const DetectionFigure& figure, double y) {
  if (figure.detections.empty()) {
    canvas.text({kMargin, y + kListRow - 1.4}, empty_text(figure), {kLegendSize});
    return y + kListRow;
  }
  return draw_two_columns(canvas, y, figure.detections.size(), "more (see detections.json)",
                          [&](std::size_t i, PagePoint at, double width) {
                            draw_list_row(canvas, figure.detections[i], i + 1, at, width);
                          });
}

std::string caption_of(const DetectionFigure& figure) {
  const FigurePhoto& photo = figure.photo;
  std::string text = text_of(count_text(figure.detections.size(), "detection"), " with score > ",
                             figure.threshold, " of ", figure.kept, " kept (");
  if (figure.softmax) {
    text += text_of("the best class of each of ", figure.queries, " queries, softmax). ");
  } else {
    text += text_of("top ", figure.kept, " of ", figure.queries, " queries x ", figure.classes,
                    " classes, sigmoid). ");
  }
  text +=
      text_of("Image ", photo.file, ", ", photo.image->width, " x ", photo.image->height, " px");
  if (photo.input_width > 0)
    text += text_of(", network input ", photo.input_width, " x ", photo.input_height);
  text += ". No suppression of duplicates.";
  if (std::any_of(figure.detections.begin(), figure.detections.end(),
                  [&](const NamedDetection& d) { return is_small(figure, d.detection.box); })) {
    const double limit = kSmallBoxShare * std::max(photo.image->width, photo.image->height);
    text += text_of(" Boxes with a longer side under ", std::lround(limit), " px: number only.");
  }
  if (figure.detections.size() > kMaxLabels)
    text += text_of(" Labels for the ", kMaxLabels, " best only.");
  if (!figure.truth.empty())
    text += text_of(" Dashed: ", figure.truth.size(),
                    figure.truth.size() == 1 ? " annotated box." : " annotated boxes.");
  if (!photo.model.empty()) text += text_of(" Model: ", photo.model, ".");
  return text;
}

double draw_page(Canvas& canvas, const DetectionFigure& figure) {
  const double top = draw_title(canvas, "Detections", text_of("score > ", figure.threshold));
  const PhotoView view =
      whole_photo(*figure.photo.image, kMargin, top, canvas.width() - 2 * kMargin);
  draw_photo(canvas, view, *figure.photo.image, kPhotoAsIs);
  draw_boxes(canvas, figure, view, {});
  draw_panel_border(canvas, view.rect);
  const double list_end = draw_list(canvas, figure, view.rect.bottom() + kPanelGap);
  return draw_caption(canvas, list_end + 5, caption_of(figure));
}

void draw_native(Canvas& canvas, const DetectionFigure& figure) {
  const Image& image = *figure.photo.image;
  const double w = image.width, h = image.height;
  const double unit = std::pow(std::max(w, h) / 640, 0.6);
  const PhotoView view{{0, 0, w, h}, {0, 0, w, h}};
  canvas.image(view.rect, image);
  draw_boxes(canvas, figure, view, {{1.8 * unit, 1.4 * unit, 0}, 11 * unit, 13.2 * unit, false});
}

}  // namespace

void draw_detection_figure(const DetectionFigure& figure, DetectionLayout layout,
                           const std::filesystem::path& out, const FigureRecord& record) {
  const Image& image = *figure.photo.image;
  if (layout == DetectionLayout::kNative) {
    write_native(out, image.width, image.height, record,
                 [&](Canvas& canvas) { draw_native(canvas, figure); });
    return;
  }
  const double panel = kColumnWidth - 2 * kMargin;
  write_page(out, kColumnWidth, page_dpi(image.width, panel), record,
             [&](Canvas& canvas) { return draw_page(canvas, figure); });
}

}  // namespace saccade
