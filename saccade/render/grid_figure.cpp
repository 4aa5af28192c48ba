// All layers and heads of one query or token as thumbnails.
#include "saccade/render/grid_figure.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/legends.h"
#include "saccade/render/point_marks.h"
#include "saccade/render/point_sums.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kRowNames = 20, kCellGap = 1.6, kUnderCell = 7.6, kMaxCell = 46;
constexpr double kCropShare = 0.97, kMapCropShare = 0.85, kNumberSize = 4.8;
constexpr std::size_t kColumnHeads = 8;

bool is_map_grid(const GridFigure& figure) {
  return !figure.rows.empty() && !figure.rows.front().maps.empty();
}

// Where cells lie; the same on both passes over the page.
struct GridPlan {
  double page_width = kColumnWidth;
  double cell = 0, cell_height = 0;
  BoxXyxy crop;
  bool zoomed = false;
  double map_max = 0;
};

// Points whose weight decides the crop: all of the grid, or the cells of all maps.
std::vector<SamplePoint> crop_points(const GridFigure& figure) {
  const Image& photo = *figure.photo.image;
  std::vector<SamplePoint> points;
  for (const GridRow& row : figure.rows) {
    points.insert(points.end(), row.points.begin(), row.points.end());
    for (const HeatLevel& map : row.maps) {
      const auto cells = cell_points(map, photo.width, photo.height);
      points.insert(points.end(), cells.begin(), cells.end());
    }
  }
  return points;
}

GridPlan plan_of(const GridFigure& figure) {
  const Image& photo = *figure.photo.image;
  GridPlan plan;
  const auto heads = static_cast<double>(figure.selection.heads.size());
  if (figure.selection.heads.size() > kColumnHeads) plan.page_width = kDoubleWidth;
  const double room = plan.page_width - 2 * kMargin - kRowNames - (heads - 1) * kCellGap;
  plan.cell = std::min(kMaxCell, room / heads);
  plan.crop = {0, 0, static_cast<double>(photo.width), static_cast<double>(photo.height)};
  if (figure.query) {
    const BoxXyxy crop = zoom_crop(figure.query->box, crop_points(figure), photo.width,
                                   photo.height, is_map_grid(figure) ? kMapCropShare : kCropShare);
    plan.zoomed = zoom_is_useful(crop, figure.query->box, photo.width, photo.height);
    if (plan.zoomed) plan.crop = crop;
  }
  plan.cell_height = plan.cell * std::min(kMaxPortrait, plan.crop.height() / plan.crop.width());
  for (const GridRow& row : figure.rows)
    for (const HeatLevel& map : row.maps)
      plan.map_max = std::max(plan.map_max, *std::max_element(map.cells.begin(), map.cells.end()));
  return plan;
}

PhotoView cell_view(const GridPlan& plan, double x, double y) {
  const double used =
      std::min(plan.cell, plan.cell_height * plan.crop.width() / plan.crop.height());
  return {plan.crop, {x + (plan.cell - used) / 2, y, used, plan.cell_height}};
}

std::vector<SamplePoint> points_of_head(const GridRow& row, int head) {
  std::vector<SamplePoint> points;
  std::copy_if(row.points.begin(), row.points.end(), std::back_inserter(points),
               [head](const SamplePoint& p) { return p.head == head; });
  return points;
}

void draw_reference(Canvas& canvas, const PhotoView& view, const GridRow& row) {
  canvas.clipped(view.rect, [&] {
    if (row.reference_box) {
      canvas.stroke(view.to_page(*row.reference_box), {kPaper, 0.5});
    } else if (row.reference) {
      draw_cross(canvas, view.to_page(row.reference->first, row.reference->second), 2.2);
    }
  });
}

// Number under a cell, at its right end.
void draw_largest(Canvas& canvas, const PageRect& cell, double largest) {
  canvas.text({cell.right(), cell.bottom() + 5.6}, number_text(largest, largest < 0.095 ? 3 : 2),
              {kNumberSize, false, kInk, TextAlign::kRight});
}

void draw_point_cell(Canvas& canvas, const GridFigure& figure, const PhotoView& view,
                     const GridRow& row, int head) {
  const Image& photo = *figure.photo.image;
  const auto points = points_of_head(row, head);
  draw_photo(canvas, view, photo, under_marks(photo, kPhotoUnderGrid));
  draw_reference(canvas, view, row);
  draw_points(canvas, view, photo, points, {}, {WeightScale::kLinear, 1, false}, kGridMarks);
  double largest = 0;
  for (const SamplePoint& p : points) largest = std::max(largest, p.weight);
  const double number = text_width("0.00", kNumberSize) + 1;
  if (figure.selection.strides.size() > 1) {
    const PageRect bar{view.rect.x, view.rect.bottom() + 2.8,
                       std::max(4.0, view.rect.width - number), 2.6};
    draw_share_bar(canvas, bar, level_shares(points, figure.selection.strides.size()), false);
  }
  draw_largest(canvas, view.rect, largest);
}

void draw_map_cell(Canvas& canvas, const GridFigure& figure, const GridPlan& plan,
                   const PhotoView& view, const GridRow& row, const HeatLevel& map) {
  const Image& photo = *figure.photo.image;
  draw_photo(canvas, view, photo, under_marks(photo, kPhotoUnderHeat), [&](Image& pixels) {
    blend_heat(pixels,
               heat_cells(map, photo.width, photo.height, view.crop, pixels.width, pixels.height),
               plan.map_max);
  });
  canvas.clipped(view.rect, [&] {
    if (figure.query) canvas.stroke(view.to_page(figure.query->box), {kPaper, 0.5});
  });
  if (!figure.query) draw_reference(canvas, view, row);
  draw_largest(canvas, view.rect, *std::max_element(map.cells.begin(), map.cells.end()));
}

// Heads above, rows of cells; returns the lower end.
double draw_cells(Canvas& canvas, const GridFigure& figure, const GridPlan& plan, double y) {
  const auto x_of = [&](std::size_t column) {
    return kMargin + kRowNames + static_cast<double>(column) * (plan.cell + kCellGap);
  };
  for (std::size_t c = 0; c < figure.selection.heads.size(); ++c)
    canvas.text({x_of(c) + plan.cell / 2, y + 5}, text_of("h", figure.selection.heads[c]),
                {kLegendSize, false, kInk, TextAlign::kCentre});
  y += 7.2;
  for (const GridRow& row : figure.rows) {
    canvas.text({kMargin, y + plan.cell_height / 2 + 2}, text_of(figure.module, ".", row.layer),
                {kLegendSize});
    for (std::size_t c = 0; c < figure.selection.heads.size(); ++c) {
      const PhotoView view = cell_view(plan, x_of(c), y);
      if (is_map_grid(figure)) {
        draw_map_cell(canvas, figure, plan, view, row, row.maps[c]);
      } else {
        draw_point_cell(canvas, figure, view, row, figure.selection.heads[c]);
      }
    }
    y += plan.cell_height + kUnderCell;
  }
  return y;
}

// A small colour bar at the right: name, 0, bar, maximum; the mark of uniform weights on it.
void draw_small_bar(Canvas& canvas, double y, std::string_view name, Colormap map, double max,
                    double uniform_place) {
  const double right = canvas.width() - kMargin;
  const std::string top = number_text(max, max < 0.1 ? 3 : max < 1 ? 2 : 0);
  canvas.text({right, y + 6.2}, top, {kTickSize, false, kInk2, TextAlign::kRight});
  const PageRect bar{right - text_width(top, kTickSize) - 3 - 48, y + 1.4, 48, 6.2};
  canvas.color_strip(bar, map);
  canvas.line({bar.x + uniform_place * bar.width, bar.y - 1.3},
              {bar.x + uniform_place * bar.width, bar.bottom() + 1.3}, {kInk, 0.6});
  canvas.text({bar.x - 2.5, y + 6.2}, text_of(name, " 0"),
              {kTickSize, false, kInk2, TextAlign::kRight});
}

double draw_legend(Canvas& canvas, const GridFigure& figure, const GridPlan& plan, double y) {
  const AttentionSelection& s = figure.selection;
  if (is_map_grid(figure)) {
    const double uniform =
        1.0 / static_cast<double>(figure.rows.front().maps.front().shape.cells());
    draw_small_bar(canvas, y, "weight per cell", Colormap::kViridis, plan.map_max,
                   std::sqrt(std::min(1.0, uniform / plan.map_max)));
    return y + kLegendRow;
  }
  draw_small_bar(canvas, y, "weight", Colormap::kCividis, 1, s.uniform_weight());
  if (s.strides.size() < 2) return y + kLegendRow;
  double x = kMargin + kRowNames + 1, row = y;
  const double limit = canvas.width() - kMargin - 82;
  for (int level = 0; level < static_cast<int>(s.strides.size()); ++level) {
    const std::string name = level_name(s, level);
    const double width = 5 + text_width(name, kLegendSize) + 5;
    if (x + width - 5 > limit) x = kMargin + kRowNames + 1, row += kLegendRow;
    draw_level_mark(canvas, {x + 2.2, row + 4.2}, level, level_color(level));
    canvas.text({x + 6.2, row + 6.4}, name, {kLegendSize});
    x += width;
  }
  return row + kLegendRow;
}

std::string points_words(const GridFigure& figure, const GridPlan& plan) {
  const AttentionSelection& s = figure.selection;
  const std::size_t each = s.strides.size() * static_cast<std::size_t>(s.points);
  const bool several = s.strides.size() > 1, box = figure.rows.front().reference_box.has_value();
  std::string text =
      text_of("the ", each, " points of that head; area and colour = weight (0 to 1 in every cell)",
              several ? ", shape = level as in the points figure. " : ". ");
  if (figure.query) {
    text += box ? "White: reference box, the input of the layer. "
                : "Cross: reference point, the input of the layer. ";
  } else {
    text += "Cross: the token; hollow: outside the image. ";
  }
  if (several) text += text_of("Bar under each cell: share of ", levels_words(s.levels), ". ");
  text += text_of("Number: largest weight of the ", each,
                  " (uniform = ", number_text(s.uniform_weight(), 2), "). ");
  std::size_t all = 0, beyond = 0;
  for (const GridRow& row : figure.rows) {
    all += row.points.size();
    beyond += count_beyond(row.points, plan.crop, *figure.photo.image);
  }
  if (plan.zoomed)
    text += text_of("Crop ", std::lround(plan.crop.width()), " x ", std::lround(plan.crop.height()),
                    " px around the final box; points beyond it are not drawn (", beyond, " of ",
                    all, "). ");
  return text;
}

std::string caption_of(const GridFigure& figure, const GridPlan& plan) {
  const bool maps = is_map_grid(figure);
  std::string text = text_of(figure.module == "enc" ? "Self-attention of " : "Cross-attention of ",
                             figure.query ? query_words(*figure.query) : token_words(*figure.token),
                             "; ", count_text(figure.rows.size(), "layer"), " (rows) and ",
                             count_text(figure.selection.heads.size(), "head"), " (columns): ");
  if (maps) {
    const LevelShape shape = figure.rows.front().maps.front().shape;
    text += text_of(
        "softmax over ", shape.height, " x ", shape.width,
        " cells, unsmoothed, one range for all; colour and opacity rise with the square root. "
        "Number: largest weight of a cell (uniform = 1/",
        shape.cells(), "). ");
    if (figure.query) text += "White: the final box. ";
  } else {
    text += points_words(figure, plan);
  }
  text += specific_words(figure.query_specific, figure.query.has_value(), " over these layers");
  return text + attention_caption_end(figure.photo, figure.query ? figure.query->note : "");
}

double draw_page(Canvas& canvas, const GridFigure& figure, const GridPlan& plan) {
  const double top =
      draw_title(canvas, figure.query ? query_title(*figure.query) : token_title(*figure.token),
                 "layers x heads");
  double y = draw_cells(canvas, figure, plan, top - 1);
  y = draw_legend(canvas, figure, plan, y + 1);
  return draw_caption(canvas, y + 5, caption_of(figure, plan));
}

void check(const GridFigure& figure) {
  if (figure.rows.empty() || figure.selection.heads.empty())
    throw Error("a grid needs at least one layer and one head");
  if (figure.query.has_value() == figure.token.has_value())
    throw Error("a grid is of one query or of one token");
  for (const GridRow& row : figure.rows) {
    if (!is_map_grid(figure) && row.maps.empty()) continue;
    if (row.maps.size() != figure.selection.heads.size() || !row.points.empty())
      throw Error(text_of("layer ", row.layer, " of a grid holds ", row.maps.size(),
                          " maps, expected ", figure.selection.heads.size(), " and no points"));
    check_heat_levels(row.maps);
  }
}

}  // namespace

std::vector<FigurePage> grid_pages(std::vector<GridFigure> figures) {
  std::vector<GridPlan> plans;
  double map_max = 0;
  for (const GridFigure& figure : figures) {
    check(figure);
    map_max = std::max(map_max, plans.emplace_back(plan_of(figure)).map_max);
  }
  std::vector<FigurePage> pages;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    plans[i].map_max = map_max;
    pages.push_back({plans[i].page_width, kPageDpi,
                     [figure = std::move(figures[i]), plan = plans[i]](Canvas& canvas) {
                       return draw_page(canvas, figure, plan);
                     }});
  }
  return pages;
}

void draw_grid_figure(const GridFigure& figure, const std::filesystem::path& out,
                      const FigureRecord& record) {
  write_page(out, grid_pages({figure}).front(), record);
}

}  // namespace saccade
