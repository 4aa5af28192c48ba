// Curves of training.
#include "saccade/render/curve_figure.h"

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/render/curve_panel.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kPanelHeight = 104, kPanelSpace = 10, kRowSpace = 5;
constexpr double kSampleWidth = 13, kSampleGap = 3, kEntryGap = 11, kLegendRow = 8.8;

// A line as the panels have it, and what it is.
struct LegendEntry {
  std::string words;
  RunStyle style;
  bool dashed = false;
};

bool any_panel(const CurveFigure& f, bool (*has)(const CurvePanel&)) {
  return std::any_of(f.panels.begin(), f.panels.end(), has);
}

std::vector<LegendEntry> legend_of(const CurveFigure& f, double width) {
  std::vector<LegendEntry> entries;
  if (f.runs.size() < 2) return entries;
  const double room = width - kSampleWidth - kSampleGap;
  for (std::size_t run = 0; run < f.runs.size(); ++run)
    entries.push_back({shorten_middle(f.runs[run], room, kLegendSize), run_style(run)});
  if (any_panel(f, has_both_kinds)) {
    entries.push_back({"train", {kInk2, MarkShape::kCircle}});
    entries.push_back({"test", {kInk2, MarkShape::kCircle}, true});
  }
  return entries;
}

void draw_entry(Canvas& canvas, PagePoint at, const LegendEntry& entry) {
  const double y = at.y - 2;
  canvas.lines({{at.x, y}, {at.x + kSampleWidth, y}},
               {entry.style.color, 1.1, entry.dashed ? test_dash(1.1) : std::vector<double>{}});
  draw_curve_mark(canvas, {at.x + kSampleWidth / 2, y}, entry.style, 1.7, entry.dashed);
  canvas.text({at.x + kSampleWidth + kSampleGap, at.y}, entry.words, {kLegendSize});
}

// Entries one after another in as many rows as they need, from y on. Returns the lower end.
double draw_legend(Canvas& canvas, double y, const std::vector<LegendEntry>& entries) {
  if (entries.empty()) return y;
  const double right = canvas.width() - kMargin;
  PagePoint at{kMargin, y + 6};
  for (const LegendEntry& entry : entries) {
    const double wide = kSampleWidth + kSampleGap + text_width(entry.words, kLegendSize);
    if (at.x > kMargin && at.x + wide > right) at = {kMargin, at.y + kLegendRow};
    draw_entry(canvas, at, entry);
    at.x += wide + kEntryGap;
  }
  return at.y + 4.5;
}

std::string caption_of(const CurveFigure& f) {
  std::string text = "Values as logged, epochs counted from 0; no smoothing.";
  if (any_panel(f, has_both_kinds)) text += " Solid: training; dashed: validation.";
  if (any_panel(f, has_end_values)) text += " At the right: the last value.";
  if (any_panel(f, has_gap)) text += " Gaps: values that are not finite.";
  return f.source.empty() ? text : text + " " + f.source;
}

std::size_t columns_of(std::size_t panels) {
  if (panels == 4) return 2;
  return std::min<std::size_t>(panels, 3);
}

std::string title_of(const CurveFigure& f, double width) {
  if (f.runs.size() != 1) return text_of("Training of ", f.runs.size(), " runs");
  constexpr double kGap = 8;
  const std::string start = "Training of ";
  const double room =
      width - text_width(start, kTitleSize, true) - text_width(f.subtitle, kSubtitleSize) - kGap;
  return start + shorten_middle(f.runs[0], room, kTitleSize, true);
}

double draw_page(Canvas& canvas, const CurveFigure& f) {
  const double width = canvas.width() - 2 * kMargin;
  const double top =
      draw_legend(canvas, draw_title(canvas, title_of(f, width), f.subtitle), legend_of(f, width));
  const std::size_t columns = columns_of(f.panels.size());
  const double panel_width =
      (width - kPanelSpace * static_cast<double>(columns - 1)) / static_cast<double>(columns);
  const Axis epochs = epoch_axis(f.panels);
  double y = top;
  for (std::size_t i = 0; i < f.panels.size(); ++i) {
    const std::size_t column = i % columns;
    if (i > 0 && column == 0) y += kPanelHeight + kRowSpace;
    const double x = kMargin + static_cast<double>(column) * (panel_width + kPanelSpace);
    draw_curve_panel(canvas, f.panels[i],
                     {{x, y, panel_width, kPanelHeight}, epochs, f.runs.size() == 1});
  }
  return draw_caption(canvas, y + kPanelHeight + 4, caption_of(f));
}

void check_figure(const CurveFigure& f) {
  if (f.panels.empty()) throw Error("a figure of curves needs a panel");
  if (f.runs.size() > kMaxCurveRuns)
    throw Error(text_of(f.runs.size(), " runs are too many for one figure, at most ", kMaxCurveRuns,
                        " can be told apart"));
  for (const CurvePanel& panel : f.panels)
    for (const Curve& curve : panel.curves)
      if (curve.run >= f.runs.size())
        throw Error(text_of("a curve of ", panel.name, " is of run ", curve.run, ", there are ",
                            f.runs.size()));
}

}  // namespace

void draw_curve_figure(const CurveFigure& figure, const std::filesystem::path& out,
                       const FigureRecord& record) {
  check_figure(figure);
  write_page(out, figure.panels.size() <= 2 ? kColumnWidth : kDoubleWidth, kPageDpi, record,
             [&](Canvas& canvas) { return draw_page(canvas, figure); });
}

}  // namespace saccade
