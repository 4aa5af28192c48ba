// Colours of classes in pictures of annotations, and their legend.
#include "saccade/render/class_styles.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

#include "saccade/core/error.h"
#include "saccade/render/hatch.h"
#include "saccade/render/legends.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kSwatch = 5.4, kItemGap = 10, kNameRoom = 150;

bool is_shown(const ClassStyle& c) { return c.boxes + c.crowd > 0; }

// Indices of the classes shown, most boxes first, then in the data set's order.
std::vector<std::size_t> by_boxes(const std::vector<ClassStyle>& classes) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < classes.size(); ++i)
    if (is_shown(classes[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return classes[a].boxes > classes[b].boxes;
  });
  return order;
}

bool colors_repeat(const std::vector<ClassStyle>& classes) {
  std::set<std::int64_t> used;
  for (const ClassStyle& c : classes) {
    const Color color = class_color(c.color_index);
    if (is_shown(c) && !used.insert(color.r << 16 | color.g << 8 | color.b).second) return true;
  }
  return false;
}

struct LegendItem {
  std::string words;
  std::function<void(PagePoint)> swatch;  // null: words alone
  double width() const { return text_width(words, kLegendSize) + (swatch ? kSwatch + 2.6 : 0); }
};

// How many items from `first` on fit into `rows` rows of `width`.
std::size_t items_that_fit(const std::vector<LegendItem>& items, std::size_t first, double width,
                           std::size_t rows) {
  double x = 0;
  for (std::size_t i = first; i < items.size(); ++i) {
    if (x > 0 && x + items[i].width() > width) {
      if (--rows == 0) return i - first;
      x = 0;
    }
    x += items[i].width() + kItemGap;
  }
  return items.size() - first;
}

// The items one after another, in as many rows as they need. Returns the lower end.
double draw_items(Canvas& canvas, double y, double width, const std::vector<LegendItem>& items) {
  double x = 0, baseline = y + kLegendRow - 1.8;
  for (const LegendItem& item : items) {
    if (x > 0 && x + item.width() > width) {
      x = 0;
      baseline += kLegendRow;
    }
    const PagePoint at{kMargin + x, baseline};
    if (item.swatch) item.swatch(at);
    canvas.text({at.x + (item.swatch ? kSwatch + 2.6 : 0), baseline}, item.words,
                {kLegendSize, false, item.swatch ? kInk : kInk2});
    x += item.width() + kItemGap;
  }
  return baseline + 1.8;
}

LegendItem class_item(Canvas& canvas, const ClassStyle& c, bool with_swatch) {
  LegendItem item{text_of(shorten_text(c.name, kNameRoom, kLegendSize), " (", c.boxes, ")"), {}};
  if (with_swatch)
    item.swatch = [&canvas, color = c.color](PagePoint at) {
      draw_class_swatch(canvas, at, color);
    };
  return item;
}

// The classes with their own colour: in the data set's order, or by boxes where colours were dealt out.
std::vector<LegendItem> distinct_items(Canvas& canvas, const std::vector<ClassStyle>& classes) {
  std::vector<std::size_t> order = by_boxes(classes);
  if (grey_classes(classes) == 0) std::sort(order.begin(), order.end());
  std::vector<LegendItem> items;
  for (const std::size_t i : order)
    if (classes[i].distinct) items.push_back(class_item(canvas, classes[i], true));
  return items;
}

// "[] other classes: chair (3)  cup (2)  and 5 more".
std::vector<LegendItem> grey_items(Canvas& canvas, const std::vector<ClassStyle>& classes,
                                   double width, std::size_t rows) {
  LegendItem head{text_of(grey_classes(classes), " more classes in grey:"), {}};
  head.swatch = [&canvas](PagePoint at) { draw_class_swatch(canvas, at, kGreyMark); };
  std::vector<LegendItem> items{head};
  for (const std::size_t i : by_boxes(classes))
    if (!classes[i].distinct) items.push_back(class_item(canvas, classes[i], false));
  const std::size_t all = items.size();
  std::size_t fitting = items_that_fit(items, 0, width, rows);
  while (fitting < all && fitting > 1) {
    items.resize(fitting);
    items.push_back({text_of("and ", all - fitting, " more"), {}});
    if (items_that_fit(items, 0, width, rows) == items.size()) break;
    --fitting;
  }
  return items;
}

std::int64_t crowd_regions(const std::vector<ClassStyle>& classes) {
  return std::accumulate(classes.begin(), classes.end(), std::int64_t{0},
                         [](std::int64_t n, const ClassStyle& c) { return n + c.crowd; });
}

LegendItem crowd_item(Canvas& canvas, std::int64_t regions) {
  return {text_of("crowd region (", regions, ")"), [&canvas](PagePoint at) {
            const PageRect swatch{at.x + 0.2, at.y - 5.2, kSwatch, kSwatch};
            for (const auto& [from, to] : hatch_lines(swatch, kSwatchHatch, nullptr))
              canvas.line(from, to, {kInk2, 0.5});
            canvas.stroke(swatch, {kCasing, 0.3});
          }};
}

}  // namespace

void style_classes(std::vector<ClassStyle>& classes) {
  const bool repeat = colors_repeat(classes);
  for (ClassStyle& c : classes) {
    c.color = repeat ? kGreyMark : class_color(c.color_index);
    c.distinct = !repeat;
  }
  if (!repeat) return;
  const std::vector<std::size_t> order = by_boxes(classes);
  for (std::size_t rank = 0; rank < std::min(order.size(), kClassColors); ++rank) {
    classes[order[rank]].color = class_color(static_cast<std::int64_t>(rank) + 1);
    classes[order[rank]].distinct = true;
  }
}

std::size_t grey_classes(const std::vector<ClassStyle>& classes) {
  return static_cast<std::size_t>(
      std::count_if(classes.begin(), classes.end(),
                    [](const ClassStyle& c) { return is_shown(c) && !c.distinct; }));
}

void draw_class_swatch(Canvas& canvas, PagePoint at, Color color) {
  const PageRect swatch{at.x + 0.2, at.y - 5.2, kSwatch, kSwatch};
  canvas.fill(swatch, color);
  canvas.stroke(swatch, {kCasing, 0.3});
}

double draw_class_legend(Canvas& canvas, double y, double width,
                         const std::vector<ClassStyle>& classes, std::size_t max_rows) {
  std::vector<LegendItem> items = distinct_items(canvas, classes);
  const std::int64_t regions = crowd_regions(classes);
  if (regions > 0) items.push_back(crowd_item(canvas, regions));
  if (items.empty()) return y;
  y = draw_items(canvas, y, width, items);
  if (grey_classes(classes) == 0) return y;
  return draw_items(canvas, y, width, grey_items(canvas, classes, width, max_rows));
}

}  // namespace saccade
