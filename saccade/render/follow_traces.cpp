// One object's numbers over the frames of a sequence.
#include "saccade/render/follow_traces.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "saccade/core/error.h"
#include "saccade/render/axes.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kPanelSpace = 12, kHeadingRoom = 13, kRightRoom = 3, kLevelRoom = 13, kTickGap = 6;
constexpr double kLostMark = 2.2, kManyFrames = 4;  // columns narrower than this have no dots
constexpr Color kLine = Color::hex(0x0072B2), kLost = Color::hex(0xD55E00),
                kNow = Color::hex(0xE4E4E4);

using Frames = std::vector<FollowedFrame>;
// A number of a frame; nothing: a gap in its line.
using Value = std::function<std::optional<double>(const FollowedFrame&)>;
using Member = double FollowedNumbers::*;

Value own(Member member) {
  return [member](const FollowedFrame& frame) {
    return frame.numbers ? std::optional((*frame.numbers).*member) : std::nullopt;
  };
}

Value as_it_is(Member member) {
  return [member](const FollowedFrame& frame) {
    return frame.as_it_is ? std::optional((*frame.as_it_is).*member) : std::nullopt;
  };
}

bool compares(const Frames& frames) {
  return std::any_of(frames.begin(), frames.end(),
                     [](const FollowedFrame& frame) { return frame.as_it_is.has_value(); });
}

double column_width(const Plot& plot) { return plot.area.width / (plot.x.max - plot.x.min); }

// Every first, second, fifth, tenth ... frame is named, as many as there is room for.
std::vector<AxisTick> frame_ticks(const Frames& frames, double width) {
  double widest = 0;
  for (const FollowedFrame& frame : frames)
    widest = std::max(widest, text_width(frame.number, kTickSize));
  const auto count = static_cast<double>(frames.size());
  const int room = std::max(1, static_cast<int>(width / (widest + kTickGap)));
  const auto step = static_cast<std::size_t>(std::max(1.0, nice_step(count, room)));
  std::vector<AxisTick> ticks;
  for (std::size_t i = 0; i < frames.size(); i += step)
    ticks.push_back({static_cast<double>(i), frames[i].number});
  return ticks;
}

double largest_radius(const Frames& frames) {
  double largest = 1;
  for (const FollowedFrame& frame : frames)
    for (const auto* numbers : {&frame.numbers, &frame.as_it_is})
      if (*numbers) largest = std::max(largest, (*numbers)->radius);
  return largest;
}

// Heading, the column of the frame that the picture is of, axes.
Plot begin_panel(Canvas& canvas, const PageRect& rect, const Frames& frames, const Axis& y,
                 double right_room, std::optional<std::size_t> now) {
  Plot plot;
  plot.x = {-0.5, static_cast<double>(frames.size()) - 0.5, false, {}};
  plot.y = y;
  const double left = y_label_room(y);
  plot.area = {rect.x + left, rect.y + kHeadingRoom, rect.width - left - right_room,
               rect.height - kHeadingRoom - kXTitleRoom};
  plot.x.ticks = frame_ticks(frames, plot.area.width);
  if (now) {
    const double wide = std::max(1.5, column_width(plot));
    const double x = plot.at(static_cast<double>(*now), 0).x;
    canvas.fill(PageRect{x - wide / 2, plot.area.y, wide, plot.area.height}, kNow);
    const PagePoint tip{x, plot.area.y - 0.4};
    canvas.fill(Shape{false, {}, 0, {tip, {x - 2, tip.y - 3}, {x + 2, tip.y - 3}}}, kInk);
  }
  draw_axes(canvas, plot, "frame");
  return plot;
}

// The points of a line, one list for each stretch without a gap.
std::vector<std::vector<PagePoint>> stretches(const Plot& plot, const Frames& frames,
                                              const Value& value) {
  std::vector<std::vector<PagePoint>> found(1);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (const auto number = value(frames[i])) {
      found.back().push_back(plot.at(static_cast<double>(i), *number));
    } else {
      found.emplace_back();
    }
  }
  return found;
}

void draw_dashed(Canvas& canvas, const Plot& plot, const Frames& frames, const Value& value) {
  const Stroke dashed{kInk, 0.8, {2.4, 1.6}};
  const double half = 0.35 * column_width(plot);
  for (const auto& stretch : stretches(plot, frames, value)) {
    if (stretch.size() > 1) canvas.lines(stretch, dashed);
    if (stretch.size() == 1)
      canvas.line({stretch[0].x - half, stretch[0].y}, {stretch[0].x + half, stretch[0].y}, dashed);
  }
}

void draw_trace(Canvas& canvas, const Plot& plot, const Frames& frames, const Value& value) {
  const double radius = column_width(plot) < kManyFrames ? 0 : 1.6;
  for (const auto& stretch : stretches(plot, frames, value)) {
    if (stretch.size() > 1) canvas.lines(stretch, {kLine, 1.2, {}, true});
    if (stretch.size() > 1 && radius == 0) continue;
    for (const PagePoint& point : stretch)
      canvas.fill(Shape{true, point, std::max(radius, 0.9), {}}, kLine);
  }
}

void draw_lost_marks(Canvas& canvas, const Plot& plot, const Frames& frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].numbers || !frames[i].is_asked) continue;
    const PagePoint c = plot.at(static_cast<double>(i), 0);
    const double y = c.y - kLostMark - 1.5, r = kLostMark;
    for (const double side : {-1.0, 1.0})
      canvas.line({c.x - r, y - side * r}, {c.x + r, y + side * r}, {kLost, 0.9});
  }
}

// Dashed: where the levels' parts meet in the model without interventions.
void draw_level_borders(Canvas& canvas, const Plot& plot, const Frames& frames) {
  std::size_t levels = 0;
  for (const FollowedFrame& frame : frames)
    if (frame.as_it_is) levels = frame.as_it_is->level_shares.size();
  for (std::size_t count = 1; count < levels; ++count)
    draw_dashed(canvas, plot, frames, [&](const FollowedFrame& frame) {
      if (!frame.as_it_is) return std::optional<double>();
      const auto& shares = frame.as_it_is->level_shares;
      return std::optional(std::accumulate(
          shares.begin(), shares.begin() + static_cast<std::ptrdiff_t>(count), 0.0));
    });
}

void draw_level_columns(Canvas& canvas, const Plot& plot, const Frames& frames) {
  const double step = column_width(plot);
  // Narrow columns overlap, or seams would show between them.
  const double gap = step > kManyFrames ? std::min(1.2, 0.15 * step) : -0.2;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    double sum = 0;
    if (!frames[i].numbers) continue;
    for (std::size_t level = 0; level < frames[i].numbers->level_shares.size(); ++level) {
      const PagePoint low = plot.at(static_cast<double>(i), sum);
      sum += frames[i].numbers->level_shares[level];
      const double top = plot.at(0, sum).y;
      canvas.fill(PageRect{low.x - (step - gap) / 2, top, step - gap, low.y - top},
                  level_color(static_cast<int>(level)));
    }
  }
}

// Beside the last column, each at the height of its part.
void draw_level_names(Canvas& canvas, const Plot& plot, const Frames& frames) {
  const auto last = std::find_if(frames.rbegin(), frames.rend(), [](const FollowedFrame& frame) {
    return frame.numbers.has_value();
  });
  if (last == frames.rend()) return;
  constexpr double kLeast = 0.005, kStep = 6.2;
  std::vector<double> wanted;
  std::vector<std::size_t> levels;
  double sum = 0;
  for (std::size_t level = 0; level < last->numbers->level_shares.size(); ++level) {
    const double share = last->numbers->level_shares[level];
    if (share >= kLeast) {
      wanted.push_back(plot.at(0, sum + share / 2).y);
      levels.push_back(level);
    }
    sum += share;
  }
  const auto places = spread_labels(wanted, kStep, plot.area.y + 2, plot.area.bottom() - 2);
  for (std::size_t i = 0; i < levels.size(); ++i)
    canvas.text({plot.area.right() + 3, places[i] + 2}, text_of("L", levels[i]), {kLegendSize});
}

// What a heading says of the frame that the picture is of.
std::string note_of(const Frames& frames, std::optional<std::size_t> now, Member member, int digits,
                    const std::string& unit) {
  if (!now) return unit;
  const FollowedFrame& frame = frames[*now];
  const std::string end = unit.empty() ? "" : "\u00A0" + unit;
  std::string text = frame.numbers ? number_text(*own(member)(frame), digits) + end : "lost";
  if (frame.as_it_is)
    text += text_of(", as it is ", number_text(*as_it_is(member)(frame), digits), end);
  return text;
}

}  // namespace

void draw_follow_traces(Canvas& canvas, const PageRect& rect, const Frames& frames,
                        std::optional<std::size_t> now) {
  const double width = (rect.width - 2 * kPanelSpace) / 3;
  const auto panel = [&](int i) {
    return PageRect{rect.x + i * (width + kPanelSpace), rect.y, width, rect.height};
  };
  const auto heading = [&](int i, const char* name, const std::string& note) {
    draw_heading(canvas, panel(i).x, rect.y + 7, width, name, note);
  };
  const Axis share{0, 1, false, {{0, "0"}, {0.5, "0.5"}, {1, "1"}}};
  const auto lines = [&](const Plot& plot, Member member) {
    draw_dashed(canvas, plot, frames, as_it_is(member));
    draw_trace(canvas, plot, frames, own(member));
    draw_lost_marks(canvas, plot, frames);
  };
  constexpr Member kScore = &FollowedNumbers::score, kRadius = &FollowedNumbers::radius;
  heading(0, "score", note_of(frames, now, kScore, 2, ""));
  lines(begin_panel(canvas, panel(0), frames, share, kRightRoom, now), kScore);

  heading(1, "attention radius", note_of(frames, now, kRadius, 1, "px"));
  const Axis pixels = linear_axis(0, largest_radius(frames), 3);
  lines(begin_panel(canvas, panel(1), frames, pixels, kRightRoom, now), kRadius);

  heading(2, "level share", now && !frames[*now].numbers ? "lost" : "");
  const Plot shares = begin_panel(canvas, panel(2), frames, share, kLevelRoom, now);
  draw_level_columns(canvas, shares, frames);
  draw_level_borders(canvas, shares, frames);
  draw_lost_marks(canvas, shares, frames);
  draw_level_names(canvas, shares, frames);
}

std::string follow_traces_words(int layer, const Frames& frames) {
  return text_of(
      "Score: of the object's class after layer dec.", layer,
      ". Attention radius: distance of the points from the reference point, weighted, in "
      "pixels of the image, mean of the heads. Level share: each level's part of the "
      "weight, mean of the heads. \u00D7: the object is lost in this frame.",
      compares(frames) ? " Dashed: the model as it is, without interventions." : "");
}

void draw_follow_traces_figure(const FollowTracesFigure& figure, const std::filesystem::path& out,
                               const FigureRecord& record) {
  if (figure.frames.empty()) throw Error("a figure of a sequence needs a frame");
  constexpr double kHeight = 108;
  std::size_t asked = 0, found = 0;
  for (const FollowedFrame& frame : figure.frames) {
    asked += frame.is_asked;
    found += frame.numbers.has_value();
  }
  const auto draw = [&](Canvas& canvas) {
    const double top = draw_title(canvas, figure.class_name + " through a sequence",
                                  text_of("dec.", figure.layer, " cross-attention \u00B7 found in ",
                                          found, " of ", count_text(asked, "frame")));
    const PageRect rect{kMargin, top, canvas.width() - 2 * kMargin, kHeight};
    draw_follow_traces(canvas, rect, figure.frames);
    return draw_caption(
        canvas, rect.bottom() + 4,
        text_of(follow_traces_words(figure.layer, figure.frames), " ", figure.source));
  };
  write_page(out, kDoubleWidth, kPageDpi, record, draw);
}

}  // namespace saccade
