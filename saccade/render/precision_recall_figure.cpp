// Precision over recall.
#include "saccade/render/precision_recall_figure.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "saccade/core/error.h"
#include "saccade/render/axes.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kPlotHeight = 132, kLabelColumn = 74, kPanelSpace = 12;
constexpr double kNameStep = 14;
constexpr std::size_t kMaxNamed = 8;
constexpr Color kAllClasses[] = {Color::hex(0xD55E00), Color::hex(0x009E73), kInk};

// One line of a plot.
struct Curve {
  std::string name;
  std::vector<double> precision;  // R values
  double ap = 0;
  Color color;
  double width = 1.2;
  bool named = true;
};

double mean_of(const std::vector<double>& values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

bool has_truth(const PrecisionOfClass& c) {
  return std::none_of(c.precision.begin(), c.precision.end(), [](double p) { return p < 0; });
}

// Precision of a class over recall at one IoU threshold, -1: their mean.
std::vector<double> class_precision(const PrecisionRecallFigure& f, const PrecisionOfClass& c,
                                    int iou) {
  const std::size_t recalls = f.recall_thresholds.size(), ious = f.iou_thresholds.size();
  std::vector<double> out(recalls, 0.0);
  const std::size_t first = iou < 0 ? 0 : static_cast<std::size_t>(iou);
  const std::size_t last = iou < 0 ? ious : first + 1;
  for (std::size_t t = first; t < last; ++t)
    for (std::size_t r = 0; r < recalls; ++r)
      out[r] += c.precision[t * recalls + r] / static_cast<double>(last - first);
  return out;
}

// Mean over the classes with true boxes; empty where there is none.
std::vector<double> mean_precision(const PrecisionRecallFigure& f, int iou) {
  std::vector<double> sum(f.recall_thresholds.size(), 0.0);
  std::size_t counted = 0;
  for (const PrecisionOfClass& c : f.classes) {
    if (!has_truth(c)) continue;
    ++counted;
    const std::vector<double> one = class_precision(f, c, iou);
    for (std::size_t r = 0; r < sum.size(); ++r) sum[r] += one[r];
  }
  if (counted == 0) return {};
  for (double& p : sum) p /= static_cast<double>(counted);
  return sum;
}

int find_iou(const PrecisionRecallFigure& f, double iou) {
  for (std::size_t t = 0; t < f.iou_thresholds.size(); ++t)
    if (std::abs(f.iou_thresholds[t] - iou) < 1e-6) return static_cast<int>(t);
  return -1;
}

std::string iou_range(const PrecisionRecallFigure& f) {
  return number_text(f.iou_thresholds.front(), 2) + ":" + number_text(f.iou_thresholds.back(), 2);
}

std::vector<Curve> mean_curves(const PrecisionRecallFigure& f) {
  std::vector<Curve> curves;
  const auto add = [&](const std::string& name, int iou, Color color) {
    const std::vector<double> precision = mean_precision(f, iou);
    if (!precision.empty()) curves.push_back({name, precision, mean_of(precision), color, 1.2});
  };
  if (const int t = find_iou(f, 0.5); t >= 0) add("AP50", t, kAllClasses[0]);
  if (const int t = find_iou(f, 0.75); t >= 0) add("AP75", t, kAllClasses[1]);
  add(f.iou_thresholds.size() > 1 ? "AP" : "AP at IoU " + number_text(f.iou_thresholds[0], 2), -1,
      kAllClasses[2]);
  return curves;
}

std::vector<Curve> class_curves(const PrecisionRecallFigure& f) {
  std::vector<Curve> curves;
  for (const PrecisionOfClass& c : f.classes) {
    if (!has_truth(c)) continue;
    const std::vector<double> precision = class_precision(f, c, 0);
    curves.push_back({c.name, precision, mean_of(precision), kInk2, 0.8});
  }
  const bool named = curves.size() <= kMaxNamed;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    curves[i].named = named;
    curves[i].color = named ? head_color(static_cast<int>(i)) : kInk2;
    if (!named) curves[i].width = 0.45;
  }
  return curves;
}

// Where a line stops: its last recall with any precision.
std::size_t end_of(const Curve& curve) {
  std::size_t end = curve.precision.size() - 1;
  while (end > 0 && curve.precision[end] <= 0) --end;
  return end;
}

void draw_line(Canvas& canvas, const Plot& plot, const PrecisionRecallFigure& f,
               const Curve& curve) {
  std::vector<PagePoint> points;
  const std::size_t end = end_of(curve);
  for (std::size_t r = 0; r <= end; ++r)
    points.push_back(plot.at(f.recall_thresholds[r], curve.precision[r]));
  // Beyond the recall that is reached precision is 0: the line falls there.
  if (end + 1 < curve.precision.size()) points.push_back(plot.at(f.recall_thresholds[end], 0));
  // Yellow alone is lost on white.
  if (luminance(curve.color) > 0.6) canvas.lines(points, {kCasing, curve.width + 0.5, {}, true});
  canvas.lines(points, {curve.color, curve.width, {}, true, curve.named ? 1.0 : 0.55});
}

// Name and AP of each line in the column right of the plot, as high as its AP on the axis: lines end
// close together at low precision, where names could not tell them apart.
void draw_names(Canvas& canvas, const Plot& plot, const std::vector<Curve>& curves) {
  std::vector<double> wanted;
  for (const Curve& curve : curves) wanted.push_back(plot.at(0, curve.ap).y);
  const auto places =
      spread_labels(wanted, kNameStep, plot.area.y + 3, plot.area.bottom() - kNameStep / 2);
  const double x = plot.area.right() + 7;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const PagePoint from{x, places[i]}, to{x + 6, places[i]};
    if (luminance(curves[i].color) > 0.6) canvas.line(from, to, {kCasing, 2.1});
    canvas.line(from, to, {curves[i].color, 1.6});
    canvas.text({x + 8.5, places[i] + 2},
                shorten_text(curves[i].name, kLabelColumn - 16, kLegendSize, true),
                {kLegendSize, true});
    canvas.text({x + 8.5, places[i] + 8.4}, number_text(curves[i].ap, 3),
                {kLegendSize, false, kInk2});
  }
}

// Too many lines to name: the best and the worst three classes beside the plot.
void draw_extremes(Canvas& canvas, const Plot& plot, std::vector<Curve> curves) {
  std::stable_sort(curves.begin(), curves.end(),
                   [](const Curve& a, const Curve& b) { return a.ap > b.ap; });
  const double x = plot.area.right() + 6, room = kLabelColumn - 8;
  double y = plot.area.y + 3;
  const auto list = [&](std::string_view heading, std::size_t first) {
    canvas.text({x, y}, heading, {kTickSize, false, kInk2});
    for (std::size_t i = first; i < first + 3; ++i) {
      y += 9;
      const std::string ap = number_text(curves[i].ap, 3);
      canvas.text({x + room, y}, ap, {kTickSize, false, kInk2, TextAlign::kRight});
      canvas.text({x, y},
                  shorten_text(curves[i].name, room - text_width(ap, kTickSize) - 2, kTickSize),
                  {kTickSize});
    }
    y += 14;
  };
  list("highest AP", 0);
  list("lowest AP", curves.size() - 3);
}

double draw_panel(Canvas& canvas, const PrecisionRecallFigure& f, const std::vector<Curve>& curves,
                  PagePoint at, double width, std::string_view heading) {
  Plot plot;
  plot.x = linear_axis(0, 1, 5);
  plot.y = linear_axis(0, 1, 5);
  const double room = y_label_room(plot.y);
  canvas.text({at.x, at.y + 7}, shorten_text(heading, width, kHeadingSize, true),
              {kHeadingSize, true});
  plot.area = {at.x + room, at.y + 15, width - room - kLabelColumn, kPlotHeight};
  draw_axes(canvas, plot, "recall");
  for (const Curve& curve : curves) draw_line(canvas, plot, f, curve);
  if (curves.empty()) {
    canvas.text(plot.area.centre(), "no class has a true box",
                {kLegendSize, false, kInk2, TextAlign::kCentre});
  } else if (curves[0].named) {
    draw_names(canvas, plot, curves);
  } else {
    draw_extremes(canvas, plot, curves);
  }
  return plot.area.bottom() + kXTitleRoom;
}

std::string caption_of(const PrecisionRecallFigure& f, const std::vector<Curve>& classes) {
  const std::size_t without = f.classes.size() - classes.size();
  std::string text = text_of("Precision at ", f.recall_thresholds.size(),
                             " recall thresholds, interpolated (the best precision at this recall "
                             "or a higher one)");
  if (!f.source.empty()) text += text_of("; ", f.source);
  text += text_of(". Left: mean over ", classes.size() == 1 ? "the class" : "the classes",
                  " with true boxes (", classes.size(), " of ", f.classes.size(),
                  "); AP is the area below a line");
  if (f.iou_thresholds.size() > 1)
    text += text_of(", without a number its mean over IoU ", iou_range(f));
  text +=
      text_of(". Right: ", classes.size() > kMaxNamed ? "one thin line per class" : "each class",
              " at IoU ", number_text(f.iou_thresholds[0], 2), ", with ",
              classes.size() > kMaxNamed ? "the best and the worst AP there." : "its AP there.");
  text += text_of(classes.size() > kMaxNamed ? " Names on the left" : " Names",
                  " stand as high as their AP, where there is room.");
  if (without > 0)
    text += text_of(" Left out: ", without, without == 1 ? " class" : " classes",
                    " without a true box.");
  if (!f.model.empty()) text += text_of(" Model: ", f.model, ".");
  return text;
}

double draw_page(Canvas& canvas, const PrecisionRecallFigure& f) {
  const double top = draw_title(canvas, f.title, f.subtitle);
  const double width = (canvas.width() - 2 * kMargin - kPanelSpace) / 2;
  const std::vector<Curve> classes = class_curves(f);
  draw_panel(canvas, f, mean_curves(f), {kMargin, top}, width, "precision · all classes");
  const double bottom =
      draw_panel(canvas, f, classes, {kMargin + width + kPanelSpace, top}, width,
                 text_of("precision · each class at IoU ", number_text(f.iou_thresholds[0], 2)));
  return draw_caption(canvas, bottom + 3, caption_of(f, classes));
}

void check_figure(const PrecisionRecallFigure& f) {
  if (f.iou_thresholds.empty() || f.recall_thresholds.empty())
    throw Error("a precision-recall figure needs IoU and recall thresholds");
  const std::size_t values = f.iou_thresholds.size() * f.recall_thresholds.size();
  for (const PrecisionOfClass& c : f.classes)
    if (c.precision.size() != values)
      throw Error(text_of("precision of class ", c.name, " has ", c.precision.size(),
                          " values, expected ", values, " (", f.iou_thresholds.size(), " IoU x ",
                          f.recall_thresholds.size(), " recall thresholds)"));
}

}  // namespace

double average_precision(const PrecisionRecallFigure& figure, int iou) {
  check_figure(figure);
  return mean_of(mean_precision(figure, iou));
}

void draw_precision_recall_figure(const PrecisionRecallFigure& figure,
                                  const std::filesystem::path& out, const FigureRecord& record) {
  check_figure(figure);
  write_page(out, kDoubleWidth, kPageDpi, record,
             [&](Canvas& canvas) { return draw_page(canvas, figure); });
}

}  // namespace saccade
