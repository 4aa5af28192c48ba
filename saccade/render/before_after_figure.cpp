// One photo detected twice.
#include "saccade/render/before_after_figure.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/core/joined.h"
#include "saccade/render/class_styles.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/label_placement.h"
#include "saccade/render/marks.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

using Rows = std::vector<DetectionChange>;

constexpr std::size_t kMaxRows = 12;
constexpr double kRow = 8.6, kPanelSpace = 6, kLabelSize = 5, kLabelHeight = 6.4;
constexpr double kWidth = (kDoubleWidth - 2 * kMargin - kPanelSpace) / 2;
// Right ends of the table's columns of numbers, left end of its names.
constexpr double kRankEnd = 8, kKind = 11, kQueryEnd = 60, kName = 65, kBeforeEnd = 152,
                 kAfterEnd = 180, kChangeEnd = 210, kIouEnd = 236;

const Detection& old_of(const BeforeAfterFigure& f, const DetectionChange& c) {
  return f.before[static_cast<std::size_t>(c.before)].detection;
}
const Detection& new_of(const BeforeAfterFigure& f, const DetectionChange& c) {
  return f.after[static_cast<std::size_t>(c.after)].detection;
}

double score_change(const BeforeAfterFigure& f, const DetectionChange& c) {
  return (c.after < 0 ? 0 : new_of(f, c).score) - (c.before < 0 ? 0 : old_of(f, c).score);
}

std::vector<Detection> plain(const std::vector<NamedDetection>& named) {
  std::vector<Detection> detections;
  for (const NamedDetection& d : named) detections.push_back(d.detection);
  return detections;
}

// Solid, in the colours of the classes, the best on top.
void draw_solid(Canvas& canvas, const PhotoView& view, const std::vector<NamedDetection>& boxes) {
  for (std::size_t i = boxes.size(); i-- > 0;) {
    const Detection& d = boxes[i].detection;
    draw_class_box(canvas, view.to_page(d.box), class_color(d.label));
  }
}

void draw_dashed(Canvas& canvas, const PhotoView& view, const std::vector<NamedDetection>& boxes) {
  for (const NamedDetection& d : boxes) {
    const PageRect box = view.to_page(d.detection.box);
    const PageRect at = std::min(box.width, box.height) < 6 ? box.grown(0.45) : box;
    canvas.stroke(at, {kCasing, 0.9});
    canvas.stroke(at, {kPaper, 0.6, {2, 1.5}});
  }
}

// The row's number beside its box: on white where the box is only dashed.
void draw_numbers(Canvas& canvas, const BeforeAfterFigure& f, const PhotoView& view,
                  const Rows& rows, bool is_after) {
  std::vector<LabelRequest> requests;
  std::vector<std::pair<std::string, Color>> labels;
  for (std::size_t i = 0; i < std::min(rows.size(), kMaxRows); ++i) {
    const DetectionChange& row = rows[i];
    if (!is_after && row.before < 0) continue;
    const bool solid = !is_after || row.after >= 0;
    const Detection& d = is_after && row.after >= 0 ? new_of(f, row) : old_of(f, row);
    labels.emplace_back(text_of(i + 1), solid ? class_color(d.label) : kPaper);
    requests.push_back(
        {view.to_page(d.box), text_width(labels.back().first, kLabelSize) + 2.4, kLabelHeight});
  }
  const auto places = place_labels(requests, view.rect);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i]) continue;
    canvas.fill(*places[i], labels[i].second);
    canvas.text({places[i]->centre().x, places[i]->centre().y + 0.36 * kLabelSize}, labels[i].first,
                {kLabelSize, false, text_color_on(labels[i].second), TextAlign::kCentre});
  }
}

std::string boxes_text(const BeforeAfterFigure& f, std::size_t count) {
  return text_of(count_text(count, "box"), " > ", f.threshold);
}

// Both panels with their headings; returns the lower end.
double draw_panels(Canvas& canvas, const BeforeAfterFigure& f, const Rows& rows, double y) {
  const Image& photo = *f.photo.image;
  double bottom = y;
  for (const bool is_after : {false, true}) {
    const double x = kMargin + (is_after ? kWidth + kPanelSpace : 0);
    const std::vector<NamedDetection>& boxes = is_after ? f.after : f.before;
    const std::size_t changes = f.interventions.size();
    const std::string changed =
        changes == 1 ? "with the intervention" : text_of("with ", changes, " interventions");
    draw_heading(canvas, x, y + 5.5, kWidth, is_after ? changed : "baseline",
                 boxes_text(f, boxes.size()));
    const PhotoView view = whole_photo(photo, x, y + 9, kWidth);
    draw_photo(canvas, view, photo, under_marks(photo, kPhotoUnderChanges));
    canvas.clipped(view.rect, [&] {
      // Solid on dashed: a box that stayed where it was must not look lost.
      if (is_after) draw_dashed(canvas, view, f.before);
      draw_solid(canvas, view, boxes);
      draw_numbers(canvas, f, view, rows, is_after);
    });
    draw_panel_border(canvas, view.rect);
    bottom = view.rect.bottom();
  }
  return bottom;
}

void draw_table_head(Canvas& canvas, double x, double baseline) {
  const auto put = [&](double end, std::string_view words, TextAlign align = TextAlign::kRight) {
    canvas.text({x + end, baseline}, words, {kLegendSize, false, kInk2, align});
  };
  put(kQueryEnd, "query");
  put(kName, "class", TextAlign::kLeft);
  put(kBeforeEnd, "before"), put(kAfterEnd, "after"), put(kChangeEnd, "change"),
      put(kIouEnd, "IoU");
}

// "14", or "14 \u2192 17" where another query found it.
std::string query_text(const BeforeAfterFigure& f, const DetectionChange& c) {
  if (c.before < 0) return text_of(new_of(f, c).query);
  const int before = old_of(f, c).query;
  if (c.after < 0 || new_of(f, c).query == before) return text_of(before);
  return text_of(before, " \u2192 ", new_of(f, c).query);
}

void draw_table_row(Canvas& canvas, const BeforeAfterFigure& f, const DetectionChange& c,
                    std::size_t rank, PagePoint at) {
  constexpr std::array kKinds = {"kept", "lost", "gained"};
  constexpr std::array kColors = {kInk2, Color::hex(0xC55A00), Color::hex(0x0B4F8A)};
  const auto put = [&](double end, std::string_view words, TextStyle style = {}) {
    style.align = TextAlign::kRight;
    canvas.text({at.x + end, at.y}, words, style);
  };
  const auto kind = static_cast<std::size_t>(c.kind);
  put(kRankEnd, text_of(rank), {kLegendSize, false, kInk2});
  canvas.text({at.x + kKind, at.y}, kKinds[kind],
              {kLegendSize, c.kind != DetectionChange::kKept, kColors[kind]});
  put(kQueryEnd, query_text(f, c));
  const NamedDetection& named = c.before < 0 ? f.after[static_cast<std::size_t>(c.after)]
                                             : f.before[static_cast<std::size_t>(c.before)];
  draw_class_swatch(canvas, {at.x + kName, at.y}, class_color(named.detection.label));
  canvas.text({at.x + kName + 8, at.y},
              shorten_text(named.name, kBeforeEnd - 18 - kName - 8, kLegendSize), {kLegendSize});
  put(kBeforeEnd, c.before < 0 ? "\u2013" : number_text(old_of(f, c).score, 2));
  put(kAfterEnd, c.after < 0 ? "\u2013" : number_text(new_of(f, c).score, 2));
  if (c.kind != DetectionChange::kKept) return;
  put(kChangeEnd, change_text(score_change(f, c), 2));
  put(kIouEnd, number_text(c.iou, 2));
}

// The table in two halves side by side, from y downwards; returns where it ends.
double draw_table(Canvas& canvas, const BeforeAfterFigure& f, const Rows& rows, double y) {
  if (rows.empty()) {
    canvas.text({kMargin, y + 7.2},
                text_of("no detection above ", f.threshold, ", neither before nor after"));
    return y + kRow;
  }
  const std::size_t shown = std::min(rows.size(), kMaxRows), half = (shown + 1) / 2;
  for (std::size_t i = 0; i < shown; ++i) {
    const double x = kMargin + (i < half ? 0 : kWidth + kPanelSpace);
    const std::size_t line = i < half ? i : i - half;
    if (line == 0) draw_table_head(canvas, x, y + 7.2);
    draw_table_row(canvas, f, rows[i], i + 1, {x, y + 7.2 + static_cast<double>(line + 1) * kRow});
  }
  y += static_cast<double>(half + 1) * kRow;
  if (shown == rows.size()) return y;
  canvas.text({kMargin + kKind, y + 7.2}, text_of("and ", rows.size() - shown, " more"),
              {kLegendSize, false, kInk2});
  return y + kRow;
}

double draw_page(Canvas& canvas, const BeforeAfterFigure& f, const Rows& rows) {
  const double top = draw_title(canvas, "Before and after", joined(f.interventions, ", "));
  const double bottom = draw_panels(canvas, f, rows, top);
  return draw_caption(canvas, draw_table(canvas, f, rows, bottom + 3) + 5, before_after_caption(f));
}

// The interventions' texts, at most about two lines of them.
std::string texts_for_caption(const std::vector<std::string>& texts) {
  constexpr std::size_t kLong = 240;
  std::string all;
  std::size_t named = 0;
  while (named < texts.size() && (named == 0 || all.size() + texts[named].size() < kLong))
    all += (named == 0 ? "" : ", ") + texts[named], ++named;
  if (named < texts.size()) all += text_of(" and ", texts.size() - named, " more");
  return all;
}

}  // namespace

std::vector<DetectionChange> before_after_rows(const BeforeAfterFigure& figure) {
  Rows rows = match_detections(plain(figure.before), plain(figure.after), figure.min_iou);
  constexpr std::array kOrder = {2, 0, 1};  // of kept, lost, gained
  const auto group = [&](const DetectionChange& c) {
    return kOrder[static_cast<std::size_t>(c.kind)];
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    if (group(a) != group(b)) return group(a) < group(b);
    return std::abs(score_change(figure, a)) > std::abs(score_change(figure, b));
  });
  return rows;
}

std::string before_after_caption(const BeforeAfterFigure& figure) {
  std::size_t kept = 0, lost = 0, gained = 0;
  double change = 0;
  for (const DetectionChange& c : before_after_rows(figure)) {
    if (c.kind == DetectionChange::kKept) ++kept, change += score_change(figure, c);
    if (c.kind == DetectionChange::kLost) ++lost;
    if (c.kind == DetectionChange::kGained) ++gained;
  }
  std::string text = text_of("Left: baseline. Right: the same image under ",
                             texts_for_caption(figure.interventions));
  if (!figure.meaning.empty())
    text += text_of(", i.e. ", figure.meaning, "; nothing else was changed");
  text += text_of(". Dashed white: baseline boxes repeated. Numbers: rows of the table. Score > ",
                  figure.threshold, ". Matched greedily by baseline score, same class, IoU \u2265 ",
                  figure.min_iou, ": ", kept, " kept");
  if (kept > 0)
    text +=
        text_of(" (mean change of score ", change_text(change / static_cast<double>(kept), 3), ")");
  text += text_of(", ", lost, " lost, ", gained, " gained. ");
  return text + caption_end(figure.photo);
}

void draw_before_after_figure(const BeforeAfterFigure& figure, const std::filesystem::path& out,
                              const FigureRecord& record) {
  const Rows rows = before_after_rows(figure);
  write_page(out, kDoubleWidth, page_dpi(figure.photo.image->width, kWidth), record,
             [&](Canvas& canvas) { return draw_page(canvas, figure, rows); });
}

}  // namespace saccade
