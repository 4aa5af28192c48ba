// Attention maps of one query or token.
#include "saccade/render/heat_figure.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/legends.h"
#include "saccade/render/marks.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kPanelSpace = 4;
// Of the finest level's weight; tokens of the encoder read a little from everywhere.
constexpr double kCropShare = 0.95, kTokenCropShare = 0.8;

// Ranges and crops, the same on both passes over the page.
struct HeatPlan {
  BoxXyxy strip, crop;
  bool zoomed = false;
  double density_max = 0, cell_max = 0;
};

double largest_density(const HeatFigure& figure, const BoxXyxy& crop) {
  const Image& photo = *figure.photo.image;
  const int width = 480;
  const int height = std::max(1, static_cast<int>(width * crop.height() / crop.width()));
  const auto values = heat_density(figure.levels, photo.width, photo.height, crop, width, height);
  return *std::max_element(values.begin(), values.end());
}

// What the crop must hold: the query's box, or the token's place.
BoxXyxy subject_box(const HeatFigure& figure) {
  if (figure.query) return figure.query->extent();
  return {figure.token->x, figure.token->y, figure.token->x, figure.token->y};
}

HeatPlan plan_of(const HeatFigure& figure) {
  const Image& photo = *figure.photo.image;
  HeatPlan plan;
  plan.crop =
      plan.strip = {0, 0, static_cast<double>(photo.width), static_cast<double>(photo.height)};
  const BoxXyxy subject = subject_box(figure);
  const BoxXyxy crop =
      zoom_crop(subject, cell_points(figure.levels.front(), photo.width, photo.height), photo.width,
                photo.height, figure.query ? kCropShare : kTokenCropShare);
  plan.zoomed = zoom_is_useful(crop, subject, photo.width, photo.height);
  if (plan.zoomed) {
    plan.crop = crop;
    plan.strip = strip_crop(crop, photo.width, photo.height);
  }
  plan.density_max =
      std::max(largest_density(figure, plan.crop), largest_density(figure, plan.strip));
  for (const HeatLevel& level : figure.levels)
    plan.cell_max =
        std::max(plan.cell_max, *std::max_element(level.cells.begin(), level.cells.end()));
  return plan;
}

// Photo, heat, box or cross, border. `level` null: density of all levels.
void draw_heat_panel(Canvas& canvas, const PhotoView& view, const HeatFigure& figure,
                     const HeatPlan& plan, const HeatLevel* level, double line) {
  const Image& photo = *figure.photo.image;
  draw_photo(canvas, view, photo, under_marks(photo, kPhotoUnderHeat), [&](Image& pixels) {
    const int width = pixels.width, height = pixels.height;
    if (level == nullptr) {
      blend_heat(pixels,
                 heat_density(figure.levels, photo.width, photo.height, view.crop, width, height),
                 plan.density_max);
    } else {
      blend_heat(pixels, heat_cells(*level, photo.width, photo.height, view.crop, width, height),
                 plan.cell_max);
    }
  });
  canvas.clipped(view.rect, [&] {
    if (figure.query) {
      draw_selected_box(canvas, view.to_page(figure.query->box), line);
      draw_selected_truths(canvas, view, *figure.query);
    }
    if (figure.token)
      draw_cross(canvas, view.to_page(figure.token->x, figure.token->y),
                 view.rect.width > 100 ? 3.5 : 2.2);
  });
  draw_panel_border(canvas, view.rect);
}

// "all" or "smoothed", then one panel per level; returns the lower end.
double draw_level_panels(Canvas& canvas, const HeatFigure& figure, const HeatPlan& plan, double y) {
  const bool one = figure.levels.size() == 1;
  const std::size_t count = figure.levels.size() + 1;
  // Whole photos need more room than zooms.
  const std::size_t columns = !plan.zoomed ? std::min<std::size_t>(count, 3)
                              : count <= 5 ? count
                                           : (count + 1) / 2;
  const double all_width = canvas.width() - 2 * kMargin;
  const double width =
      (all_width - static_cast<double>(columns - 1) * kPanelSpace) / static_cast<double>(columns);
  const double height =
      std::min(width * plan.crop.height() / plan.crop.width(), kMaxPortrait * width);
  const double used = height * plan.crop.width() / plan.crop.height();
  double sum = 0;
  for (const HeatLevel& level : figure.levels) sum += level.sum();
  for (std::size_t i = 0; i < count; ++i) {
    const double x = kMargin + static_cast<double>(i % columns) * (width + kPanelSpace);
    const double top = y + static_cast<double>(i / columns) * (height + 11.5);
    const HeatLevel* level = i == 0 ? nullptr : &figure.levels[i - 1];
    const std::string name =
        level != nullptr
            ? one ? "cells, unsmoothed" : text_of("L", level->level, " /", level->stride)
        : one ? "smoothed"
              : "all";
    draw_heading(canvas, x, top + 6, width, name,
                 percent_text(level != nullptr ? level->sum() : sum), false);
    draw_heat_panel(canvas, {plan.crop, {x + (width - used) / 2, top + 8, used, height}}, figure,
                    plan, level, 0.6);
  }
  const auto rows = static_cast<double>((count + columns - 1) / columns);
  return y + rows * (height + 11.5) - 3.5;
}

std::string levels_range(const HeatFigure& figure) {
  if (figure.levels.size() == 1) return "";
  return text_of("L", figure.levels.front().level, "-L", figure.levels.back().level, ": ");
}

double draw_bars(Canvas& canvas, const HeatFigure& figure, const HeatPlan& plan, double y) {
  const double width = canvas.width() - 2 * kMargin, half = (width - 7) / 2;
  const auto digits = [](double max) { return max < 0.1 ? 3 : max < 1 ? 2 : 1; };
  const double density = plan.density_max * 1e4;
  draw_plain_bar(canvas, {kMargin, y}, half - 3, "share per 10\u00A0000\u00A0px",
                 Colormap::kViridis, density, digits(density));
  const double x = kMargin + half + 7;
  const double bar = draw_plain_bar(canvas, {x, y}, half, levels_range(figure) + "weight per cell",
                                    Colormap::kViridis, plan.cell_max, digits(plan.cell_max));
  if (figure.kind != HeatKind::kDense) return y + 12.5;
  const double uniform = 1.0 / static_cast<double>(figure.levels.front().shape.cells());
  const double at = x + half - bar + bar * std::sqrt(std::min(1.0, uniform / plan.cell_max));
  canvas.line({at, y - 1.2}, {at, y + 5}, {kInk, 0.6});
  const std::string words = text_of("1/", figure.levels.front().shape.cells(), " = uniform");
  const double most = canvas.width() - kMargin - text_width(words, 4.8) / 2;
  canvas.text({std::min(at, most), y - 2.2}, words, {4.8, false, kInk2, TextAlign::kCentre});
  return y + 12.5;
}

std::string how_words(const HeatFigure& figure) {
  const std::string heads = mean_words(figure.heads);
  if (figure.kind == HeatKind::kDense)
    return text_of("softmax over ", figure.levels.front().shape.height, " x ",
                   figure.levels.front().shape.width, " cells, ", heads);
  if (figure.kind == HeatKind::kFlow)
    return text_of(
        "APPROXIMATION: roll-out, the product of the layers' maps, each mixed half with the "
        "identity (residual), ",
        heads);
  return "weights scattered with the bilinear footprint of the operator (half-cell centres), " +
         heads;
}

std::string caption_of(const HeatFigure& figure, const HeatPlan& plan) {
  double sum = 0;
  std::vector<int> levels;
  for (const HeatLevel& level : figure.levels) {
    sum += level.sum();
    levels.push_back(level.level);
  }
  std::string text =
      text_of(figure.kind == HeatKind::kFlow ? "Attention flow to " : "Attention map of ",
              figure.query ? query_words(*figure.query) : token_words(*figure.token), "; ",
              figure.place, ": ", how_words(figure), ". ");
  if (figure.levels.size() > 1) {
    text +=
        text_of("Top and \u201Call\u201D: sum over ", levels_words(levels),
                " as density on the image. The other "
                "panels: one level each, cells unsmoothed, one range for all (weight per cell). ");
  } else {
    text +=
        "Top and \u201Csmoothed\u201D: density on the image, bilinear between the centres of the "
        "cells. ";
  }
  text += "Colour and opacity rise with the square root. ";
  text += text_of("Sum of the map ", number_text(sum, 3));
  text += figure.kind != HeatKind::kDense ? text_of("; outside the image or in levels not drawn ",
                                                    number_text(std::max(0.0, 1 - sum), 3), ". ")
                                          : ". ";
  text += specific_words(figure.query_specific, figure.query.has_value(), "");
  if (plan.zoomed)
    text += text_of("Crop ", std::lround(plan.crop.width()), " x ", std::lround(plan.crop.height()),
                    " px. ");
  return text + attention_caption_end(figure.photo, figure.query ? figure.query->note : "");
}

std::string subtitle_of(const HeatFigure& figure) {
  if (figure.kind == HeatKind::kFlow) return "flow (approximation) \u00B7 " + figure.place;
  return text_of(figure.place, figure.query ? " \u00B7 attention map \u00B7 " : " \u00B7 ",
                 mean_title(figure.heads));
}

double draw_page(Canvas& canvas, const HeatFigure& figure, const HeatPlan& plan) {
  const double top =
      draw_title(canvas, figure.query ? query_title(*figure.query) : token_title(*figure.token),
                 subtitle_of(figure));
  const double width = canvas.width() - 2 * kMargin;
  const double wanted = width * plan.strip.height() / plan.strip.width();
  const double height = std::min(wanted, kMaxPortrait * width),
               used = height * plan.strip.width() / plan.strip.height();
  const PhotoView view{plan.strip, {kMargin + (width - used) / 2, top, used, height}};
  draw_heat_panel(canvas, view, figure, plan, nullptr, 1.0);
  if (plan.zoomed)
    canvas.clipped(view.rect, [&] { draw_crop_frame(canvas, view.to_page(plan.crop)); });
  double y = draw_level_panels(canvas, figure, plan, view.rect.bottom() + 3);
  y = draw_bars(canvas, figure, plan, y + (figure.kind == HeatKind::kDense ? 10 : 8));
  return draw_caption(canvas, y + 5, caption_of(figure, plan));
}

}  // namespace

std::vector<FigurePage> heat_pages(std::vector<HeatFigure> figures) {
  std::vector<HeatPlan> plans;
  double density_max = 0, cell_max = 0;
  for (const HeatFigure& figure : figures) {
    check_heat_levels(figure.levels);
    if (figure.query.has_value() == figure.token.has_value())
      throw Error("an attention map is of one query or of one token");
    const HeatPlan& plan = plans.emplace_back(plan_of(figure));
    density_max = std::max(density_max, plan.density_max);
    cell_max = std::max(cell_max, plan.cell_max);
  }
  std::vector<FigurePage> pages;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    plans[i].density_max = density_max;
    plans[i].cell_max = cell_max;
    const double dpi = page_dpi(figures[i].photo.image->width, kColumnWidth - 2 * kMargin);
    pages.push_back(
        {kColumnWidth, dpi, [figure = std::move(figures[i]), plan = plans[i]](Canvas& canvas) {
           return draw_page(canvas, figure, plan);
         }});
  }
  return pages;
}

void draw_heat_figure(const HeatFigure& figure, const std::filesystem::path& out,
                      const FigureRecord& record) {
  write_page(out, heat_pages({figure}).front(), record);
}

}  // namespace saccade
