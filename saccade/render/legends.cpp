// Legends: colour bar, level shares, heads, sizes, lines of symbol and words.
#include "saccade/render/legends.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kBarHeight = 5;

struct Tick {
  double value = 0;
  std::string text;
};

// Numbers below a bar.
std::vector<Tick> ticks_of(const WeightRange& range) {
  if (range.difference) {
    const int digits = range.max < 0.1 ? 3 : 2;
    return {{-range.max, change_text(-range.max, digits)},
            {0, "0"},
            {range.max, change_text(range.max, digits)}};
  }
  if (range.scale == WeightScale::kLog)
    return {{1e-3, "0.001"}, {1e-2, "0.01"}, {0.1, "0.1"}, {1, "1"}};
  std::vector<Tick> ticks{{0, "0"}};
  const double step = range.max > 0.3 ? 0.25 : range.max > 0.06 ? 0.05 : 0.01;
  for (double v = step; v < 0.88 * range.max && ticks.size() < 3; v += step)
    ticks.push_back({v, number_text(v, 2)});
  ticks.push_back({range.max, number_text(range.max, range.max < 0.1 ? 3 : 2)});
  return ticks;
}

// Weights shown as marks above the bar.
std::vector<double> key_weights(const WeightRange& range, double uniform) {
  if (range.difference) return {-range.max, -range.max / 2, range.max / 2, range.max};
  if (range.scale == WeightScale::kLog) return {1e-3, 1e-2, 0.1, 1};
  std::vector<double> keys;
  for (const double key : {uniform, 0.25, 0.5})
    if (key < 0.88 * range.max && (keys.empty() || key > 1.5 * keys.back())) keys.push_back(key);
  keys.push_back(range.max);
  return keys;
}

std::string uniform_text(const AttentionSelection& selection) {
  return text_of("1/", selection.strides.size() * static_cast<std::size_t>(selection.points));
}

// Arrow from below to the place of uniform weights, with its name at the right, or at the left
// where it would leave the legend.
void draw_uniform_arrow(Canvas& canvas, double x, double y, double limit,
                        const AttentionSelection& selection) {
  constexpr double kDrop = 13.6;
  const std::string words = uniform_text(selection) + " = uniform";
  const double side = x + 2.6 + text_width(words, kTickSize) > limit ? -1 : 1;
  canvas.fill(Shape{false, {}, 0, {{x, y}, {x - 1.4, y + 2.8}, {x + 1.4, y + 2.8}}}, kInk);
  canvas.lines({{x, y + 2.4}, {x, y + kDrop}, {x + side * 1.8, y + kDrop}}, {kInk, 0.4});
  canvas.text({x + side * 2.6, y + kDrop + 2}, words,
              {kTickSize, false, kInk2, side < 0 ? TextAlign::kRight : TextAlign::kLeft});
}

// `arrow`: where one comes up to the bar; NaN: none.
void draw_ticks(Canvas& canvas, const PageRect& bar, const WeightRange& range, TextAlign first,
                double arrow) {
  const std::vector<Tick> ticks = ticks_of(range);
  const double words = text_width(ticks.back().text, kTickSize);
  const double right = arrow > bar.right() - words - 1 ? arrow - 2 : bar.right();
  const double end = right - words - 1.5;
  for (const Tick& tick : ticks) {
    const double t = range.place(tick.value), x = bar.x + t * bar.width;
    const bool is_within = t > 0.01 && t < 0.99;
    if (is_within && x + text_width(tick.text, kTickSize) / 2 > end) continue;  // would run into it
    canvas.line({x, bar.bottom()}, {x, bar.bottom() + 1.6}, {kInk, 0.3});
    const TextAlign align = t < 0.01 ? first : t > 0.99 ? TextAlign::kRight : TextAlign::kCentre;
    canvas.text({t > 0.99 ? right : x, bar.bottom() + 7.2}, tick.text,
                {kTickSize, false, kInk2, align});
  }
}

}  // namespace

double draw_weight_bar(Canvas& canvas, PagePoint at, double width, std::string_view heading,
                       const WeightRange& range, const AttentionSelection& selection,
                       const MarkScale& marks) {
  canvas.text({at.x, at.y + 6}, heading, {kLegendSize});
  double highest = 0;
  const auto keys = key_weights(range, selection.uniform_weight());
  for (const double key : keys) highest = std::max(highest, 2 * marks.radius(std::abs(key)));
  // The last mark is centred on the bar's end and needs its radius beyond it.
  const double beyond = std::max(0.0, marks.radius(std::abs(keys.back())) - 0.2);
  // The arrow at uniform weights would run through a "0" that starts at the bar's end: then the bar
  // starts later and the number is centred under its end.
  const double room = width - beyond, place = range.place(selection.uniform_weight());
  const bool close = !range.difference && place * room < 8;
  const double before = range.difference ? beyond : close ? 1.8 : 0;
  const PageRect bar{at.x + before, at.y + 9.5 + highest + 1.4, width - before - beyond,
                     kBarHeight};
  canvas.color_strip(bar, range.map());
  canvas.stroke(bar, {kInk, 0.3});
  for (const double key : keys) {
    const double r = marks.radius(std::abs(key));
    const Shape mark =
        mark_shape(MarkShape::kCircle, {bar.x + range.place(key) * bar.width, bar.y - 1.4 - r}, r);
    canvas.stroke(mark, {kCasing, 0.5});
    canvas.fill(mark, range.color(key));
  }
  const double arrow = range.difference ? std::nan("") : bar.x + place * bar.width;
  draw_ticks(canvas, bar, range, close ? TextAlign::kCentre : TextAlign::kLeft, arrow);
  if (range.difference) return bar.bottom() + 8.5;
  draw_uniform_arrow(canvas, arrow, bar.bottom() + 0.3, at.x + width, selection);
  return bar.bottom() + 17;
}

double draw_plain_bar(Canvas& canvas, PagePoint at, double width, std::string_view label,
                      Colormap map, double max, int digits) {
  const double words = text_width(label, kLegendSize);
  canvas.text({at.x, at.y + 4.9}, label, {kLegendSize});
  const PageRect bar{at.x + words + 5.5, at.y, width - words - 5.5, kBarHeight};
  canvas.color_strip(bar, map);
  canvas.stroke(bar, {kInk, 0.3});
  for (const double x : {bar.x, bar.right()})
    canvas.line({x, bar.bottom()}, {x, bar.bottom() + 1.8}, {kInk, 0.3});
  canvas.text({bar.x, bar.bottom() + 7.4}, "0", {kTickSize, false, kInk2});
  canvas.text({bar.right(), bar.bottom() + 7.4}, number_text(max, digits),
              {kTickSize, false, kInk2, TextAlign::kRight});
  return bar.width;
}

double draw_size_legend(Canvas& canvas, PagePoint at, std::string_view heading,
                        const MarkScale& marks, const AttentionSelection& selection) {
  canvas.text({at.x, at.y + 6}, heading, {kLegendSize});
  const std::array<std::pair<double, std::string>, 4> keys = {
      std::pair{selection.uniform_weight(), uniform_text(selection)},
      {0.25, "0.25"},
      {0.5, "0.5"},
      {1.0, "1"}};
  const double middle = at.y + 9.5 + marks.radius(1);
  double x = at.x + 6.3;
  for (const auto& [weight, text] : keys) {
    const Shape mark = mark_shape(MarkShape::kCircle, {x, middle}, marks.radius(weight));
    canvas.stroke(mark, {kCasing, 0.5});
    canvas.fill(mark, kGreyMark);
    canvas.text({x, middle + 11.4}, text, {kTickSize, false, kInk2, TextAlign::kCentre});
    x += weight < 0.25 ? 16 : weight < 0.5 ? 16.5 : 18;
  }
  return middle + 13;
}

void draw_level_mark(Canvas& canvas, PagePoint centre, int level, Color color) {
  const Shape mark = mark_shape(level_shape(level), centre, 2.1);
  canvas.stroke(mark, {kCasing, 0.6});
  canvas.fill(mark, color);
  if (level_has_dot(level)) canvas.fill(mark_shape(MarkShape::kCircle, centre, 0.75), kCasing);
}

double draw_level_legend(Canvas& canvas, PagePoint at, double width,
                         const AttentionSelection& selection, const std::vector<double>& shares,
                         bool colored) {
  canvas.text({at.x, at.y + 6}, "level share", {kLegendSize});
  double y = at.y + 9.2, names = 0;
  const auto levels = static_cast<int>(selection.strides.size());
  for (int level = 0; level < levels; ++level)
    names = std::max(names, text_width(level_name(selection, level), kLegendSize));
  const double bars = std::max(32.0, 8.6 + names + 2.5);
  for (int level = 0; level < levels; ++level) {
    const double share = shares[static_cast<std::size_t>(level)];
    const Color color = colored ? level_color(level) : kGreyMark;
    draw_level_mark(canvas, {at.x + 3, y + 4.2}, level, color);
    canvas.text({at.x + 8.6, y + 6.4}, level_name(selection, level), {kLegendSize});
    const PageRect track{at.x + bars, y + 2, std::max(4.0, width - bars - 18), 4.6};
    canvas.fill(track, kTrack);
    canvas.fill(PageRect{track.x, track.y, track.width * std::clamp(share, 0.0, 1.0), track.height},
                colored ? color : kDarkBar);
    canvas.text({at.x + width, y + 6.4}, percent_text(share),
                {kLegendSize, false, kInk, TextAlign::kRight});
    y += kLegendRow;
  }
  return y;
}

double draw_head_legend(Canvas& canvas, PagePoint at, double width, const std::vector<int>& heads) {
  canvas.text({at.x, at.y + 6}, heads.size() == 1 ? "head" : "heads", {kLegendSize});
  const double step = width / 4;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const double x = at.x + static_cast<double>(i % 4) * step;
    const double y = at.y + 9.2 + static_cast<double>(i / 4) * kLegendRow;
    const Shape mark = mark_shape(MarkShape::kCircle, {x + 3, y + 4.2}, 2.2);
    canvas.stroke(mark, {kCasing, 0.6});
    canvas.fill(mark, head_color(heads[i]));
    canvas.text({x + 7, y + 6.4}, text_of("h", heads[i]), {kLegendSize});
  }
  return at.y + 9.2 + static_cast<double>((heads.size() + 3) / 4) * kLegendRow;
}

double draw_symbol_row(Canvas& canvas, PagePoint at, std::string_view words,
                       const std::function<void(PagePoint)>& draw_symbol) {
  draw_symbol({at.x + 4.2, at.y + 4.6});
  canvas.text({at.x + 12, at.y + 6.7}, words, {kLegendSize});
  return at.y + 9.4;
}

double draw_cross_row(Canvas& canvas, PagePoint at, std::string_view words) {
  return draw_symbol_row(canvas, at, words, [&](PagePoint c) { draw_cross(canvas, c, 3.6); });
}

double draw_box_row(Canvas& canvas, PagePoint at, std::string_view words) {
  return draw_symbol_row(canvas, at, words, [&](PagePoint c) {
    draw_selected_box(canvas, {c.x - 3.4, c.y - 2.9, 6.8, 5.8 + 0.3});
  });
}

void draw_share_bar(Canvas& canvas, const PageRect& rect, const std::vector<double>& shares,
                    bool labelled) {
  double total = 0;
  for (const double share : shares) total += share;
  double x = rect.x;
  for (std::size_t level = 0; level < shares.size() && total > 0; ++level) {
    const PageRect part{x, rect.y, rect.width * shares[level] / total, rect.height};
    const Color color = level_color(static_cast<int>(level));
    canvas.fill(part, color);
    x = part.right();
    if (level + 1 < shares.size() && labelled && part.width > 0.6)
      canvas.line({x, part.y}, {x, part.bottom()}, {kPaper, 0.4});
    const std::string text = text_of("L", level, " ", percent_text(shares[level]));
    const double share = shares[level] / total;
    if (!labelled || share <= 0.15 || text_width(text, kTickSize) > part.width - 2) continue;
    canvas.text({part.centre().x, rect.bottom() - 0.5 * (rect.height - 0.72 * kTickSize)}, text,
                {kTickSize, false, text_color_on(color), TextAlign::kCentre});
  }
}

}  // namespace saccade
