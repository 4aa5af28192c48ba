// The gallery's matrices: the sweeps there are, tiny and equal changes, cells not measured.
#include <cmath>
#include <tuple>

#include "saccade/core/error.h"
#include "saccade/render/errors_figure.h"
#include "saccade/render/template_figure.h"
#include "tests/render/figure_gallery.h"
#include "tests/render/matrix_figures.h"
#include "tests/render/synthetic_attention.h"

namespace saccade::gallery {
namespace {

// Rows of 20 queries: no means, rows named by their first query.
MatrixFigure query_matrix() {
  MatrixFigure f = made_up_matrix(15, 20, 3);
  f.title = "Effect of one query switched off", f.subtitle = "dAP · query · off";
  f.means = false;
  for (std::size_t r = 0; r < f.rows.size(); ++r) f.rows[r] = text_of("query ", 20 * r);
  for (std::size_t c = 0; c < f.columns.size(); ++c) f.columns[c] = text_of("+", c);
  for (std::size_t i = 0; i < f.cells.size(); ++i) f.cells[i].name = text_of("query[", i, "]");
  for (std::size_t i = 288; i < 300; ++i) f.cells[i] = {};
  return f;
}

// 48 rows of layer and head over the 16 points of each.
MatrixFigure point_matrix() {
  MatrixFigure f = made_up_matrix(48, 16, 4);
  f.title = "Effect of one point switched off", f.subtitle = "dAP · dec.cross.head.level.point";
  for (std::size_t r = 0; r < 48; ++r) f.rows[r] = text_of("dec.", r / 8, " h", r % 8);
  for (std::size_t c = 0; c < 16; ++c) f.columns[c] = text_of("L", c / 4, " p", c % 4);
  return f;
}

// What strains the layout: huge changes, long names, a row not measured, a value that is no number.
MatrixFigure hard_matrix() {
  MatrixFigure f = made_up_matrix(3, 5, 3);
  f.title = "A title that is longer than it should be for a page one column wide";
  f.measure = "change of AP50";
  f.rows = {"dec.*.cross.level0 with renormalisation", "b\xFF", ""};
  f.columns = {"a long name", "b", "everything", "d", "e"};
  f.cells[0].value = -100, f.cells[6].value = 100, f.cells[7].value = std::nan("");
  f.cells[6].is_significant = false;
  for (std::size_t i = 10; i < 15; ++i) f.cells[i].is_known = false;
  return f;
}

MatrixFigure zero_matrix() {
  MatrixFigure f = made_up_matrix(6, 8, 0);
  for (MatrixCell& cell : f.cells) cell.value = cell.low = cell.high = 0;
  return f;
}

TemplateFigure street_template() {
  synthetic::Numbers numbers(9);
  TemplateFigure f{
      .subtitle = "84 images of val",
      .caption = "Per cent of the variation that the mean over the queries does not explain.",
      .model = "street_r18"};
  for (const auto& [words, name, layers] :
       {std::tuple("encoder self-attention, of tokens", "enc.", 3),
        std::tuple("decoder cross-attention, of queries", "dec.", 6),
        std::tuple("decoder self-attention, of queries", "dec.", 6)}) {
    TemplateModule module{.words = words};
    for (int layer = 0; layer < layers; ++layer) {
      module.rows.push_back(text_of(name, layer));
      std::vector<QuerySpecific> row(9);
      for (QuerySpecific& part : row) {
        part.weights = numbers.between(0, 1);
        if (f.modules.size() < 2) part.offsets = numbers.between(0, 0.05);
      }
      row[0].offsets = f.modules.size() < 2 ? 0.0002 : std::nan("");
      module.parts.push_back(row);
    }
    f.modules.push_back(module);
  }
  return f;
}

// A type without results, one without levels, effects of either sign.
ErrorsFigure street_errors() {
  synthetic::Numbers numbers(12);
  ErrorsFigure f{.subtitle = "84 images of val \u00B7 score \u2265 0.30",
                 .columns = {"radius, half boxes", "entropy", "weight in the box"},
                 .caption =
                     "Made-up numbers. \u03B4: Cliff's delta against true positives with its "
                     "95 % interval; bold: q \u2264 0.05.",
                 .model = "street_r18"};
  const char* const words[] = {"hit",       "wrong class", "badly placed", "both of these",
                               "duplicate", "background",  "missed truth"};
  const char* const names[] = {"TP", "Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"};
  for (int row = 0; row < 7; ++row) {
    ErrorsRow r{.name = names[row],
                .words = words[row],
                .all = 1000 / (row + 1),
                .shown = 40 * row,
                .dap = row * 1.3};
    for (int c = 0; c < 3; ++c) {
      const double middle = numbers.between(0.3, 0.7), effect = numbers.between(-0.6, 0.6);
      r.cells.push_back({row != 4, middle - 0.3, middle - 0.1, middle, middle + 0.12, middle + 0.4,
                         row > 0 && row != 4, std::abs(effect) > 0.3, effect, effect - 0.2,
                         effect + 0.2});
    }
    if (row != 4) r.levels = {0.5, 0.3, 0.15, 0.05};
    f.rows.push_back(r);
  }
  return f;
}

}  // namespace

MatrixFigure made_up_matrix(std::size_t rows, std::size_t columns, double largest) {
  synthetic::Numbers numbers(rows * 31 + columns);
  MatrixFigure f;
  f.title = "Effect of one head switched off", f.subtitle = "dAP · dec.cross.head · zero";
  f.measure = "dAP", f.model = "street_r18";
  for (std::size_t r = 0; r < rows; ++r) f.rows.push_back(text_of("dec.", r));
  for (std::size_t c = 0; c < columns; ++c) f.columns.push_back(text_of("h", c));
  for (std::size_t i = 0; i < rows * columns; ++i) {
    const double t = numbers.between(-1, 0.75), value = largest * t * t * t;
    const double half = 0.25 * largest * numbers.between(0.4, 1);
    f.cells.push_back({value, true, std::abs(value) > half, value - half, value + half,
                       text_of("dec.", i / columns, ".cross.head", i % columns)});
  }
  f.caption =
      "Made-up numbers. Change of AP (points, 0-100 scale) on val when one decoder cross-attention "
      "head is switched off (zero, not renormalised); rows layers, columns heads, right and bottom "
      "means. Baseline AP 15.5, 84 images, 1 000 paired bootstrap resamples, seed 0. Hatched: not "
      "significant at q = 0.05 (Benjamini-Hochberg). Framed: largest loss and largest gain, with "
      "95 % interval below.";
  return f;
}

void add_matrices(Gallery& gallery) {
  const auto add = [&](const std::string& name, const MatrixFigure& f) {
    gallery.add(name, [&f](const fs::path& out) { draw_matrix_figure(f, out, kRecord); });
  };
  for (const char* suffix : {"png", "svg", "pdf"})
    add(text_of("matrix-6x8.", suffix), made_up_matrix(6, 8, 3));
  add("matrix-6x4.png", made_up_matrix(6, 4, 3));
  add("matrix-6x1.png", made_up_matrix(6, 1, 12));
  add("matrix-1x8.png", made_up_matrix(1, 8, 12));
  add("matrix-48x16.png", point_matrix());
  add("matrix-queries.png", query_matrix());
  add("matrix-tiny.png", made_up_matrix(6, 8, 0.04));
  add("matrix-zero.png", zero_matrix());
  add("matrix-hard.png", hard_matrix());
  gallery.add("errors.png",
              [](const fs::path& out) { draw_errors_figure(street_errors(), out, kRecord); });
  gallery.add("template.png",
              [](const fs::path& out) { draw_template_figure(street_template(), out, kRecord); });
}

}  // namespace saccade::gallery
