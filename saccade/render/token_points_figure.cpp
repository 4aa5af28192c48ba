// Encoder self-attention of one token: one panel of points per layer.
#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/legends.h"
#include "saccade/render/point_marks.h"
#include "saccade/render/point_sums.h"
#include "saccade/render/points_figure.h"

namespace saccade {
namespace {

constexpr double kColumnGap = 5;

// One layer fits one column of a paper; more take the double width, at most three in a row.
double page_width(const TokenPointsFigure& figure) {
  return figure.panels.size() == 1 ? kColumnWidth : kDoubleWidth;
}

std::size_t columns_of(const TokenPointsFigure& figure) {
  return std::clamp<std::size_t>(figure.panels.size(), 1, 3);
}

double panel_width(const TokenPointsFigure& figure) {
  const auto columns = static_cast<double>(columns_of(figure));
  return (page_width(figure) - 2 * kMargin - (columns - 1) * kColumnGap) / columns;
}

std::string layers_words(const std::vector<TokenPanel>& panels) {
  std::vector<int> layers;
  for (const TokenPanel& panel : panels) layers.push_back(panel.layer);
  return (layers.size() == 1 ? "layer " : "layers ") + index_list(layers, "enc.");
}

std::string outside_note(const TokenPanel& panel, const Image& photo) {
  const auto outside =
      std::count_if(panel.points.begin(), panel.points.end(),
                    [&](const SamplePoint& p) { return p.is_outside(photo.width, photo.height); });
  return text_of(outside, " of ", panel.points.size(), " points outside, ",
                 percent_text(share_outside(panel.points, photo.width, photo.height)),
                 " of weight");
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
    draw_level_mark(canvas, c, level,
                    figure.style.color == PointColor::kLevel ? level_color(level) : kGreyMark);
    canvas.text({c.x + 5, c.y + 2.2}, level_name(figure.selection, level), {kLegendSize});
  }
  return at.y + 12 + ((levels + 3) / 4) * kLegendRow;
}

// Colour, or heads and sizes; returns the lower end.
double draw_encoding(Canvas& canvas, const TokenPointsFigure& figure, PagePoint at, double width,
                     const WeightRange& range) {
  if (figure.style.color == PointColor::kWeight) {
    return draw_weight_bar(canvas, at, width,
                           figure.style.relative ? "weight \u2212 mean pattern (colour and area)"
                                                 : "attention weight (colour and area)",
                           range, figure.selection, kEncoderMarks);
  }
  if (figure.style.color == PointColor::kHead)
    at.y = draw_head_legend(canvas, at, std::min(width, 128.0), figure.selection.heads) + 2;
  return draw_size_legend(canvas, at, "weight (area)", kEncoderMarks, figure.selection);
}

double draw_levels(Canvas& canvas, const TokenPointsFigure& figure, PagePoint at, double width) {
  if (figure.selection.strides.size() > 1) at.y = draw_level_row(canvas, at, figure, width) + 3;
  const QuerySpecific& part = figure.query_specific;
  if (std::isnan(part.weights)) return at.y;
  std::string words = "token-specific part: weights " + own_part_text(part.weights);
  if (!std::isnan(part.offsets)) words += ", offsets " + own_part_text(part.offsets);
  canvas.text({at.x, at.y + 6}, words, {kLegendSize});
  return at.y + 9;
}

double draw_symbols(Canvas& canvas, PagePoint at) {
  at.y = draw_cross_row(canvas, at, "token (reference point)");
  return draw_symbol_row(canvas, at, "outside the image (tick = direction)",
                         [&](PagePoint c) { draw_outside_sample(canvas, c); });
}

// Three columns under a wide page, one below another under a narrow one.
double draw_legend(Canvas& canvas, const TokenPointsFigure& figure, double y,
                   const WeightRange& range) {
  const double width = canvas.width() - 2 * kMargin, third = width / 3;
  if (figure.panels.size() == 1) {
    y = draw_encoding(canvas, figure, {kMargin, y}, 138, range) + 2;
    y = draw_levels(canvas, figure, {kMargin, y}, 160);
    return draw_symbols(canvas, {kMargin, y});
  }
  const double left = draw_encoding(canvas, figure, {kMargin, y}, third - 14, range);
  const double middle = draw_levels(canvas, figure, {kMargin + third + 16, y}, third - 20);
  return std::max({left, middle, draw_symbols(canvas, {kMargin + 2 * third + 16, y})});
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
              encoding_words(figure.style, s.strides.size() > 1, false));
  if (figure.style.color == PointColor::kWeight && figure.panels.size() > 1)
    text += text_of(" (same range in all panels, ", figure.style.relative ? "\u00B1" : "0 to ",
                    number_text(range.max, 2), ")");
  text +=
      ". Hollow markers with a tick lie outside the image and are drawn at its border; half a "
      "cell of their level or more outside, the operator reads zero. ";
  if (figure.query_specific.is_mostly_template())
    text += specific_words(figure.query_specific, false, " over the layers drawn");
  return text + attention_caption_end(figure.photo);
}

WeightRange range_of_panels(const TokenPointsFigure& figure) {
  std::vector<SamplePoint> all;
  for (const TokenPanel& panel : figure.panels)
    all.insert(all.end(), panel.points.begin(), panel.points.end());
  return range_of(all, figure.style);
}

double draw_page(Canvas& canvas, const TokenPointsFigure& figure) {
  const AttentionSelection& s = figure.selection;
  // A single panel names its layer itself.
  const std::string layers =
      figure.panels.size() == 1 ? "" : layers_words(figure.panels) + " \u00B7 ";
  const double top = draw_title(canvas, token_title(figure.token),
                                text_of(layers, count_text(s.heads.size(), "head"), " x ",
                                        count_text(s.levels.size(), "level"), " x ",
                                        count_text(static_cast<std::size_t>(s.points), "point")));
  const WeightRange range = range_of_panels(figure);
  const std::size_t columns = columns_of(figure);
  const double width = panel_width(figure);
  double y = top - 1.5, bottom = y;
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    if (i > 0 && i % columns == 0) y = bottom + 3;
    const double x = kMargin + static_cast<double>(i % columns) * (width + kColumnGap);
    bottom = draw_panel(canvas, figure, figure.panels[i], {x, y}, width, range);
  }
  const double legend_end = draw_legend(canvas, figure, bottom + 5, range);
  return draw_caption(canvas, legend_end + 5, caption_of(figure, range));
}

}  // namespace

std::vector<FigurePage> token_points_pages(std::vector<TokenPointsFigure> figures) {
  double range = 0;
  for (const TokenPointsFigure& figure : figures)
    range = std::max(range, range_of_panels(figure).max);
  std::vector<FigurePage> pages;
  for (TokenPointsFigure& figure : figures) {
    check_style(figure.style, figure.selection);
    figure.style.range = range;
    const double width = page_width(figure);
    const double dpi = page_dpi(figure.photo.image->width, panel_width(figure));
    pages.push_back({width, dpi, [figure = std::move(figure)](Canvas& canvas) {
                       return draw_page(canvas, figure);
                     }});
  }
  return pages;
}

void draw_token_points_figure(const TokenPointsFigure& figure, const std::filesystem::path& out,
                              const FigureRecord& record) {
  write_page(out, token_points_pages({figure}).front(), record);
}

}  // namespace saccade
