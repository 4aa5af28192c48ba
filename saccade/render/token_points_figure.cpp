// Encoder self-attention of one token: one panel of points per layer.
#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/legends.h"
#include "saccade/render/point_marks.h"
#include "saccade/render/points_figure.h"

namespace saccade {
namespace {

constexpr std::size_t kColumns = 3;
constexpr double kColumnGap = 5;

std::string layers_words(const std::vector<TokenPanel>& panels) {
  std::vector<int> layers;
  for (const TokenPanel& panel : panels) layers.push_back(panel.layer);
  return (layers.size() == 1 ? "layer " : "layers ") + index_list(layers, "enc.");
}

std::string outside_note(const TokenPanel& panel, const Image& photo) {
  std::size_t outside = 0;
  double sum = 0, all = 0;
  for (const SamplePoint& p : panel.points) {
    all += p.weight;
    if (!p.is_outside(photo.width, photo.height)) continue;
    ++outside;
    sum += p.weight;
  }
  return text_of(outside, " of ", panel.points.size(), " points outside, ",
                 percent_text(all > 0 ? sum / all : 0), " of weight");
}

// One panel with its heading from y downwards; returns its lower end.
double draw_panel(Canvas& canvas, const TokenPointsFigure& figure, const TokenPanel& panel,
                  PagePoint at, double width, const WeightRange& range) {
  const Image& photo = *figure.photo.image;
  draw_heading(canvas, at.x, at.y + 6, width, text_of("enc.", panel.layer),
               outside_note(panel, photo));
  const PhotoView view = whole_photo(photo, at.x, at.y + 8.4, width);
  draw_photo(canvas, view, photo, under_marks(photo, kPhotoUnderEncoderPoints));
  draw_points(canvas, view, photo, panel.points, figure.style, range, kEncoderMarks);
  draw_cross(canvas, view.to_page(figure.token.x, figure.token.y), 3.5);
  draw_panel_border(canvas, view.rect);
  if (figure.selection.strides.size() < 2) return view.rect.bottom();
  const PageRect bar{at.x, view.rect.bottom() + 3, width, 6.2};
  draw_share_bar(canvas, bar, level_shares(panel.points, figure.selection.strides.size()), true);
  return bar.bottom();
}

// Shapes of the levels in rows of four.
double draw_level_row(Canvas& canvas, PagePoint at, const TokenPointsFigure& figure, double width) {
  canvas.text({at.x, at.y + 6}, "level sampled", {kLegendSize});
  const auto levels = static_cast<int>(figure.selection.strides.size());
  for (int level = 0; level < levels; ++level) {
    const PagePoint c{at.x + (level % 4) * width / 4 + 3, at.y + 14.6 + (level / 4) * kLegendRow};
    const Shape mark = mark_shape(level_shape(level), c, 2.1);
    canvas.stroke(mark, {kCasing, 0.6});
    canvas.fill(mark, figure.style.color == PointColor::kLevel ? level_color(level) : kGreyMark);
    if (level_has_dot(level)) canvas.fill(mark_shape(MarkShape::kCircle, c, 0.75), kCasing);
    canvas.text({c.x + 5, c.y + 2.2}, level_name(figure.selection, level), {kLegendSize});
  }
  return at.y + 12 + ((levels + 3) / 4) * kLegendRow;
}

double draw_legend(Canvas& canvas, const TokenPointsFigure& figure, double y,
                   const WeightRange& range) {
  const double width = canvas.width() - 2 * kMargin, third = width / 3;
  double left = y;
  if (figure.style.color == PointColor::kWeight) {
    left = draw_weight_bar(canvas, {kMargin, y}, third - 14,
                           figure.style.relative ? "weight \u2212 mean pattern (colour and area)"
                                                 : "attention weight (colour and area)",
                           range, figure.selection, kEncoderMarks);
  } else {
    if (figure.style.color == PointColor::kHead)
      left = draw_head_legend(canvas, {kMargin, y}, third - 40, figure.selection.heads) + 2;
    left =
        draw_size_legend(canvas, {kMargin, left}, "weight (area)", kEncoderMarks, figure.selection);
  }
  double middle = draw_level_row(canvas, {kMargin + third + 16, y}, figure, third - 20) + 3;
  if (!std::isnan(figure.query_specific)) {
    canvas.text({kMargin + third + 16, middle + 6},
                "token-specific part of weights " + percent_text(figure.query_specific),
                {kLegendSize});
    middle += 9;
  }
  const double x = kMargin + 2 * third + 16;
  double right = draw_cross_row(canvas, {x, y}, "token (reference point)");
  right = draw_symbol_row(canvas, {x, right}, "outside the image (tick = direction)",
                          [&](PagePoint c) { draw_outside_sample(canvas, c); });
  return std::max({left, middle, right});
}

std::string caption_of(const TokenPointsFigure& figure, const WeightRange& range) {
  const AttentionSelection& s = figure.selection;
  const std::size_t count = figure.panels.empty() ? 0 : figure.panels.front().points.size();
  std::string text =
      text_of("Sampling points of ", token_words(figure.token), ". Encoder self-attention, ",
              layers_words(figure.panels), ", ", heads_words(s.heads), ", ", levels_words(s.levels),
              ", ", count_text(static_cast<std::size_t>(s.points), "point"),
              " each: ", count_text(count, "point"),
              " per panel, weights sum to 1 per head, nothing averaged; ",
              encoding_words(figure.style, s.strides.size() > 1));
  if (figure.style.color == PointColor::kWeight && figure.panels.size() > 1)
    text += text_of(" (same range in all panels, ", figure.style.relative ? "\u00B1" : "0 to ",
                    number_text(range.max, 2), ")");
  text +=
      ". Hollow markers with a tick lie outside the image and are drawn at its border; half a "
      "cell of their level or more outside, the operator reads zero. Weight is not importance. ";
  return text + caption_end(figure.photo, brightening_gain(*figure.photo.image) > 1);
}

double draw_page(Canvas& canvas, const TokenPointsFigure& figure) {
  const AttentionSelection& s = figure.selection;
  const double top = draw_title(
      canvas, token_title(figure.token),
      text_of(layers_words(figure.panels), " \u00B7 ", count_text(s.heads.size(), "head"), " x ",
              count_text(s.levels.size(), "level"), " x ",
              count_text(static_cast<std::size_t>(s.points), "point")));
  std::vector<SamplePoint> all;
  for (const TokenPanel& panel : figure.panels)
    all.insert(all.end(), panel.points.begin(), panel.points.end());
  const WeightRange range = range_of(all, figure.style);
  const double width = (canvas.width() - 2 * kMargin - (kColumns - 1) * kColumnGap) / kColumns;
  double y = top - 1.5, bottom = y;
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    if (i > 0 && i % kColumns == 0) y = bottom + 3;
    const double x = kMargin + static_cast<double>(i % kColumns) * (width + kColumnGap);
    bottom = draw_panel(canvas, figure, figure.panels[i], {x, y}, width, range);
  }
  const double legend_end = draw_legend(canvas, figure, bottom + 5, range);
  return draw_caption(canvas, legend_end + 5, caption_of(figure, range));
}

}  // namespace

void draw_token_points_figure(const TokenPointsFigure& figure, const std::filesystem::path& out,
                              const FigureRecord& record) {
  check_style(figure.style, figure.selection);
  const double panel = (kDoubleWidth - 2 * kMargin - (kColumns - 1) * kColumnGap) / kColumns;
  write_page(out, kDoubleWidth, page_dpi(figure.photo.image->width, panel), record,
             [&](Canvas& canvas) { return draw_page(canvas, figure); });
}

}  // namespace saccade
