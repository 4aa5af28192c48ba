// How much of the attention is the queries' own.
#include "saccade/render/template_figure.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/legends.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

using Part = double QuerySpecific::*;

constexpr double kCellHeight = 12, kMaxCell = 24, kCellGap = 0.7, kAllGap = 3, kBlockGap = 12;
constexpr double kNames = 26, kNumberSize = 5.6;

bool has_offsets(const TemplateModule& module) {
  return std::any_of(module.parts.begin(), module.parts.end(),
                     [](const auto& row) { return !std::isnan(row.back().offsets); });
}

// Per cent without its sign: "42", "3.1", "<0.1".
std::string share_number(double share) {
  const double percent = 100 * share;
  if (percent > 0 && percent < 0.05) return "<0.1";
  return number_text(percent, percent < 9.95 ? 1 : 0);
}

struct Block {
  double x = 0, y = 0, cell = 0;  // where the first cell begins
  std::size_t heads = 0;

  PageRect rect(std::size_t row, std::size_t column) const {
    const double gap = column == heads ? kAllGap : 0;
    return {x + static_cast<double>(column) * cell + gap,
            y + static_cast<double>(row) * kCellHeight, cell - kCellGap, kCellHeight - kCellGap};
  }
  double width() const { return static_cast<double>(heads + 1) * cell + kAllGap; }
};

void draw_cell(Canvas& canvas, const PageRect& rect, double share) {
  const Color color = colormap_color(Colormap::kCividis, share);
  canvas.fill(rect, color);
  canvas.text({rect.centre().x, rect.centre().y + 0.36 * kNumberSize}, share_number(share),
              {kNumberSize, false, text_color_on(color), TextAlign::kCentre});
}

void draw_block(Canvas& canvas, const TemplateModule& module, const Block& block, Part part,
                std::string_view heading) {
  draw_heading(canvas, block.x, block.y - 11, block.width(), heading, {}, false);
  for (std::size_t c = 0; c <= block.heads; ++c)
    canvas.text({block.rect(0, c).centre().x, block.y - 2.6},
                c == block.heads ? "all" : text_of("h", c),
                {kTickSize, false, kInk2, TextAlign::kCentre});
  for (std::size_t row = 0; row < module.parts.size(); ++row)
    for (std::size_t c = 0; c <= block.heads; ++c)
      draw_cell(canvas, block.rect(row, c), module.parts[row][c].*part);
}

// Returns the lower end.
double draw_module(Canvas& canvas, const TemplateModule& module, double y) {
  draw_heading(canvas, kMargin, y + 6, canvas.width() - 2 * kMargin, module.words);
  const std::size_t heads = module.parts.front().size() - 1;
  const double room = (canvas.width() - 2 * kMargin - 2 * kNames - kBlockGap) / 2 - kAllGap;
  const double cell = std::min(kMaxCell, room / static_cast<double>(heads + 1));
  const Block weights{kMargin + kNames, y + 27, cell, heads};
  for (std::size_t row = 0; row < module.rows.size(); ++row)
    canvas.text({kMargin, weights.rect(row, 0).centre().y + 2.1}, module.rows[row], {kLegendSize});
  draw_block(canvas, module, weights, &QuerySpecific::weights, "weights");
  if (has_offsets(module)) {
    const Block offsets{weights.x + weights.width() + kBlockGap, weights.y, cell, heads};
    draw_block(canvas, module, offsets, &QuerySpecific::offsets, "offsets");
  }
  return weights.y + static_cast<double>(module.parts.size()) * kCellHeight;
}

double draw_page(Canvas& canvas, const TemplateFigure& figure) {
  double y = draw_title(canvas, "How much of the attention is the queries' own", figure.subtitle);
  for (const TemplateModule& module : figure.modules) y = draw_module(canvas, module, y) + 7;
  draw_plain_bar(canvas, {kMargin, y + 2}, 190, "query-specific part, %", Colormap::kCividis, 100,
                 0);
  std::string caption = figure.caption;
  if (!figure.model.empty()) caption += text_of(" Model: ", figure.model, ".");
  return draw_caption(canvas, y + 20, caption);
}

}  // namespace

void draw_template_figure(const TemplateFigure& figure, const std::filesystem::path& out,
                          const FigureRecord& record) {
  if (figure.modules.empty()) throw Error("no attention was measured: there is nothing to draw");
  write_page(out, kDoubleWidth, kPageDpi, record,
             [&](Canvas& canvas) { return draw_page(canvas, figure); });
}

}  // namespace saccade
