// One object's numbers over the frames of a sequence.
#include "saccade/render/follow_traces.h"

#include <algorithm>
#include <functional>

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
using Value = std::function<double(const FollowedFrame&)>;

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
    if (frame.is_found) largest = std::max(largest, frame.radius);
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

// A line through the frames where the object is found, broken where it is not.
void draw_trace(Canvas& canvas, const Plot& plot, const Frames& frames, const Value& value) {
  const double radius = column_width(plot) < kManyFrames ? 0 : 1.6;
  std::vector<PagePoint> stretch;
  const auto end_stretch = [&] {
    if (stretch.size() > 1) canvas.lines(stretch, {kLine, 1.2, {}, true});
    if (stretch.size() == 1 || radius > 0)
      for (const PagePoint& point : stretch)
        canvas.fill(Shape{true, point, std::max(radius, 0.9), {}}, kLine);
    stretch.clear();
  };
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].is_found) {
      stretch.push_back(plot.at(static_cast<double>(i), value(frames[i])));
    } else {
      end_stretch();
    }
  }
  end_stretch();
}

void draw_lost_marks(Canvas& canvas, const Plot& plot, const Frames& frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].is_found) continue;
    const PagePoint c = plot.at(static_cast<double>(i), 0);
    const double y = c.y - kLostMark - 1.5, r = kLostMark;
    for (const double side : {-1.0, 1.0})
      canvas.line({c.x - r, y - side * r}, {c.x + r, y + side * r}, {kLost, 0.9});
  }
}

void draw_level_columns(Canvas& canvas, const Plot& plot, const Frames& frames) {
  const double step = column_width(plot);
  // Narrow columns overlap, or seams would show between them.
  const double gap = step > kManyFrames ? std::min(1.2, 0.15 * step) : -0.2;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    double sum = 0;
    for (std::size_t level = 0; frames[i].is_found && level < frames[i].level_shares.size();
         ++level) {
      const PagePoint low = plot.at(static_cast<double>(i), sum);
      sum += frames[i].level_shares[level];
      const double top = plot.at(0, sum).y;
      canvas.fill(PageRect{low.x - (step - gap) / 2, top, step - gap, low.y - top},
                  level_color(static_cast<int>(level)));
    }
  }
}

// Beside the last column, each at the height of its part.
void draw_level_names(Canvas& canvas, const Plot& plot, const Frames& frames) {
  const auto last = std::find_if(frames.rbegin(), frames.rend(),
                                 [](const FollowedFrame& frame) { return frame.is_found; });
  if (last == frames.rend()) return;
  constexpr double kLeast = 0.005, kStep = 6.2;
  std::vector<double> wanted;
  std::vector<std::size_t> levels;
  double sum = 0;
  for (std::size_t level = 0; level < last->level_shares.size(); ++level) {
    const double share = last->level_shares[level];
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
std::string note_of(const Frames& frames, std::optional<std::size_t> now, const Value& value,
                    int digits, const std::string& unit) {
  if (!now) return unit;
  const FollowedFrame& frame = frames[*now];
  if (!frame.is_found) return "lost";
  return number_text(value(frame), digits) + (unit.empty() ? "" : "\u00A0" + unit);
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
  const Value score = [](const FollowedFrame& frame) { return frame.score; };
  const Value radius = [](const FollowedFrame& frame) { return frame.radius; };

  heading(0, "score", note_of(frames, now, score, 2, ""));
  const Plot scores = begin_panel(canvas, panel(0), frames, share, kRightRoom, now);
  draw_trace(canvas, scores, frames, score);
  draw_lost_marks(canvas, scores, frames);

  heading(1, "attention radius", note_of(frames, now, radius, 1, "px"));
  const Axis pixels = linear_axis(0, largest_radius(frames), 3);
  const Plot radii = begin_panel(canvas, panel(1), frames, pixels, kRightRoom, now);
  draw_trace(canvas, radii, frames, radius);
  draw_lost_marks(canvas, radii, frames);

  heading(2, "level share", now && !frames[*now].is_found ? "lost" : "");
  const Plot shares = begin_panel(canvas, panel(2), frames, share, kLevelRoom, now);
  draw_level_columns(canvas, shares, frames);
  draw_lost_marks(canvas, shares, frames);
  draw_level_names(canvas, shares, frames);
}

std::string follow_traces_words(int layer) {
  return text_of(
      "Score: of the object's class after layer dec.", layer,
      ". Attention radius: distance of the points from the reference point, weighted, in "
      "pixels of the image, mean of the heads. Level share: each level's part of the "
      "weight, mean of the heads. \u00D7: the object is lost in this frame.");
}

void draw_follow_traces_figure(const FollowTracesFigure& figure, const std::filesystem::path& out,
                               const FigureRecord& record) {
  if (figure.frames.empty()) throw Error("a figure of a sequence needs a frame");
  constexpr double kHeight = 108;
  const auto found = std::count_if(figure.frames.begin(), figure.frames.end(),
                                   [](const FollowedFrame& frame) { return frame.is_found; });
  const auto draw = [&](Canvas& canvas) {
    const double top =
        draw_title(canvas, figure.class_name + " through a sequence",
                   text_of("dec.", figure.layer, " cross-attention \u00B7 found in ", found, " of ",
                           count_text(figure.frames.size(), "frame")));
    const PageRect rect{kMargin, top, canvas.width() - 2 * kMargin, kHeight};
    draw_follow_traces(canvas, rect, figure.frames);
    return draw_caption(canvas, rect.bottom() + 4,
                        text_of(follow_traces_words(figure.layer), " ", figure.source));
  };
  write_page(out, kDoubleWidth, kPageDpi, record, draw);
}

}  // namespace saccade
