// The table of classes in a data set's picture.
#include <algorithm>
#include <array>

#include "saccade/core/error.h"
#include "saccade/render/axes.h"
#include "saccade/render/dataset_plots.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr std::size_t kMaxClasses = 20;
constexpr double kRow = 8.6, kBar = 5.2, kNumberRoom = 24, kColumnGap = 6;
constexpr Color kBarColor = Color::hex(0x0072B2);
// Light to dark with size: ordered, and told apart without hue.
constexpr std::array<Color, 3> kSizeColors = {Color::hex(0xF0A04B), Color::hex(0x5FA2D4),
                                              Color::hex(0x0B4F8A)};

// Where the columns of the table are.
struct Columns {
  double name = 0, name_width = 0;
  double images = 0, boxes = 0, bar_width = 0;  // each bar, its number beside it
  double sizes = 0, sizes_width = 0;
};

Columns columns_of(const DatasetStats& stats, double x, double width) {
  double longest = text_width("all classes", kLegendSize, true);
  for (std::size_t i = 0; i < std::min(stats.classes.size(), kMaxClasses); ++i)
    longest = std::max(longest, text_width(stats.classes[i].name, kLegendSize));
  Columns c;
  c.name = x;
  c.name_width = std::min(longest, 0.27 * width);
  const double rest = width - c.name_width - 3 * kColumnGap;
  c.sizes_width = std::max(0.38 * rest, 84.0);
  c.bar_width = (rest - c.sizes_width) / 2 - kNumberRoom;
  c.images = x + c.name_width + kColumnGap;
  c.boxes = c.images + c.bar_width + kNumberRoom + kColumnGap;
  c.sizes = c.boxes + c.bar_width + kNumberRoom + kColumnGap;
  return c;
}

void draw_count_bar(Canvas& canvas, double x, double baseline, double width, std::int64_t count,
                    std::int64_t most, Color color) {
  const double share = most == 0 ? 0 : double(count) / double(most);
  const double length = count == 0 ? 0 : std::max(0.5, share * width);
  canvas.fill(PageRect{x, baseline - 4.9, length, kBar}, color);
  canvas.text({x + length + 2, baseline},
              count < 100000 ? text_of(count) : tick_text(double(count)),
              {kTickSize, false, kInk2});
}

// Three parts side by side; the per cent of each where there is room for it.
void draw_sizes_bar(Canvas& canvas, const PageRect& rect,
                    const std::array<std::int64_t, 3>& sizes) {
  const std::int64_t all = sizes[0] + sizes[1] + sizes[2];
  if (all == 0) {
    canvas.fill(rect, kTrack);
    return;
  }
  double x = rect.x;
  for (std::size_t i = 0; i < 3; ++i) {
    const double share = double(sizes[i]) / double(all), width = share * rect.width;
    canvas.fill(PageRect{x, rect.y, width, rect.height}, kSizeColors[i]);
    const std::string words = percent_text(share);
    if (text_width(words, 4.8) + 2 <= width)
      canvas.text({x + width / 2, rect.y + rect.height - 0.9}, words,
                  {4.8, false, text_color_on(kSizeColors[i]), TextAlign::kCentre});
    x += width;
  }
}

void draw_header(Canvas& canvas, const Columns& c, double baseline) {
  canvas.text({c.images, baseline}, "images", {kTickSize, false, kInk2});
  canvas.text({c.boxes, baseline}, "boxes", {kTickSize, false, kInk2});
  const std::array<const char*, 3> names = {"small", "medium", "large"};
  double x = c.sizes;
  for (std::size_t i = 0; i < 3; ++i) {
    const PageRect swatch{x, baseline - 4.2, 4.2, 4.2};
    canvas.fill(swatch, kSizeColors[i]);
    x += 5.6 + canvas.text({x + 5.6, baseline}, names[i], {kTickSize, false, kInk2}) + 4;
  }
}

void draw_row(Canvas& canvas, const Columns& c, const ClassStats& row, std::int64_t most_images,
              std::int64_t most_boxes, double baseline, bool is_sum) {
  canvas.text({c.name, baseline}, shorten_text(row.name, c.name_width, kLegendSize, is_sum),
              {kLegendSize, is_sum});
  if (is_sum) {
    canvas.text({c.images, baseline}, text_of(row.images), {kTickSize, true});
    canvas.text({c.boxes, baseline}, text_of(row.boxes), {kTickSize, true});
  } else {
    draw_count_bar(canvas, c.images, baseline, c.bar_width, row.images, most_images, kGreyMark);
    draw_count_bar(canvas, c.boxes, baseline, c.bar_width, row.boxes, most_boxes, kBarColor);
  }
  draw_sizes_bar(canvas, {c.sizes, baseline - 4.9, c.sizes_width, kBar}, row.sizes);
}

std::string rest_text(const DatasetStats& stats, std::size_t shown) {
  std::int64_t boxes = 0, empty = 0;
  for (std::size_t i = shown; i < stats.classes.size(); ++i) {
    boxes += stats.classes[i].boxes;
    empty += stats.classes[i].images == 0 ? 1 : 0;
  }
  const std::int64_t more = static_cast<std::int64_t>(stats.classes.size() - shown) - empty;
  if (more == 0) return text_of(count_text(empty, "class"), " without a box");
  std::string text =
      text_of("and ", more, " more with ", boxes == 1 ? "1 box" : text_of(boxes, " boxes"));
  if (empty > 0) text += text_of("; ", empty, " without any");
  return text;
}

}  // namespace

double draw_class_table(Canvas& canvas, const DatasetStats& stats, PagePoint at, double width) {
  const Columns c = columns_of(stats, at.x, width);
  canvas.text({at.x, at.y + 7}, "classes", {kHeadingSize, true});
  double baseline = at.y + 7;
  draw_header(canvas, c, baseline);
  std::size_t shown = 0;
  std::int64_t most_images = 0, most_boxes = 0;
  for (const ClassStats& row : stats.classes) {
    most_images = std::max(most_images, row.images);
    most_boxes = std::max(most_boxes, row.boxes);
  }
  for (const ClassStats& row : stats.classes) {
    if (shown == kMaxClasses || row.images == 0) break;
    baseline += kRow;
    draw_row(canvas, c, row, most_images, most_boxes, baseline, false);
    ++shown;
  }
  if (shown < stats.classes.size()) {
    baseline += kRow;
    canvas.text({at.x, baseline}, shorten_text(rest_text(stats, shown), width, kLegendSize),
                {kLegendSize, false, kInk2});
  }
  baseline += kRow;
  draw_row(canvas, c, {"", "all classes", stats.images, stats.boxes, stats.crowd, stats.sizes}, 0,
           0, baseline, true);
  return baseline + 3;
}

}  // namespace saccade
