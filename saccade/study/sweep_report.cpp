// A sweep's numbers as text, CSV and a picture.
#include "saccade/study/sweep_report.h"

#include <algorithm>
#include <cmath>
#include <iomanip>

#include "saccade/core/error.h"
#include "saccade/core/sorted_order.h"
#include "saccade/study/study_text.h"

namespace saccade {
namespace {

constexpr std::size_t kToldUnits = 5;

// "1 000": a gap as figures have it. Captions break at plain spaces.
std::string grouped(int n) {
  std::string text = std::to_string(n);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), "\u00a0");
  return text;
}

bool is_significant(const UnitEffect& effect) { return effect.q <= kSignificantQ; }

std::string line_of(const SweepReport& report, std::size_t u, std::size_t width) {
  const UnitEffect& e = report.effects.units[u];
  std::ostringstream out;
  out << "  " << std::left << std::setw(static_cast<int>(width)) << report.grid.units[u].text
      << "  " << interval_text(e.ap.difference) << "  q " << decimals(e.q, 4) << "  "
      << e.detections.lost << " lost, " << e.detections.gained << " gained, " << e.detections.moved
      << " moved\n";
  return out.str();
}

// The first units of `order` whose change has the sign.
std::string extremes(const SweepReport& report, std::vector<std::size_t> order, double sign) {
  std::erase_if(order, [&](std::size_t u) {
    return !(report.effects.units[u].ap.difference.value * sign > 0);
  });
  order.resize(std::min(order.size(), kToldUnits));
  std::size_t width = 0;
  for (const std::size_t u : order) width = std::max(width, report.grid.units[u].text.size());
  std::string text;
  for (const std::size_t u : order) text += line_of(report, u, width);
  return text.empty() ? "  none\n" : text;
}

// Units that are all of a kind at once: of the template.
std::vector<std::size_t> whole_units(const SweepReport& report) {
  std::vector<std::size_t> whole;
  for (std::size_t u = 0; u < report.grid.units.size(); ++u)
    if (report.grid.units[u].is_all) whole.push_back(u);
  return whole;
}

// Of the template: what it does as a whole, and how much is not template.
std::string template_lines(const SweepReport& report) {
  if (report.query_specific.empty()) return "";
  std::string text = "in the place of all at once, with 95 % intervals\n";
  const std::vector<std::size_t> whole = whole_units(report);
  std::size_t width = 0;
  for (const std::size_t u : whole) width = std::max(width, report.grid.units[u].text.size());
  for (const std::size_t u : whole) text += line_of(report, u, width);
  return (whole.empty() ? "" : text) + template_text(report.query_specific);
}

std::string manner_words(const SweepReport& report) {
  return report.grid.manner.empty() ? "" : ", " + report.grid.manner;
}

std::string caption_of(const SweepReport& report, bool has_means) {
  const UnitGrid& grid = report.grid;
  const bool has_columns = grid.columns.size() > 1;
  const std::string caption = text_of(
      "Change of AP (points, 0-100 scale) on ", report.source.set, " when ", grid.meaning,
      "; rows ", grid.row_word, has_columns && !grid.column_word.empty() ? ", columns " : "",
      has_columns ? grid.column_word : "",
      has_means && has_columns ? ", right and bottom means" : "", ". Baseline AP ",
      decimals(100 * report.effects.baseline.stats[0], 1), ", ", report.effects.images.size(),
      " images, ", grouped(report.options.bootstrap.resamples),
      " paired bootstrap resamples, seed ", report.options.bootstrap.seed,
      ". Hatched: not significant at q = ", kSignificantQ, " (Benjamini-Hochberg over ",
      grid.units.size(),
      " cells). Framed: largest loss and largest gain, with 95 % interval below.");
  const std::string note = too_few_images(report.effects.images.size());
  return note.empty() ? caption : caption + " Note: " + note + ".";
}

}  // namespace

std::vector<std::size_t> by_change(const SweepReport& report) {
  return sorted_order(report.effects.units.size(), [&](std::size_t a, std::size_t b) {
    return report.effects.units[a].ap.difference.value <
           report.effects.units[b].ap.difference.value;
  });
}

std::string sweep_text(const SweepReport& report) {
  const auto significant =
      std::count_if(report.effects.units.begin(), report.effects.units.end(), is_significant);
  const std::vector<std::size_t> order = by_change(report);
  std::string text =
      text_of("baseline AP ", decimals(report.effects.baseline.stats[0], 4), " on ",
              report.effects.images.size(), " images of ", report.source.set, "\n",
              report.grid.units.size(), " units of ", report.grid.choice.kind, manner_words(report),
              ": ", significant, " change AP significantly (q <= ", kSignificantQ,
              ", Benjamini-Hochberg; ", report.options.bootstrap.resamples,
              " paired bootstrap resamples, seed ", report.options.bootstrap.seed, ")\n");
  text += template_lines(report);
  text += "largest losses of AP, with 95 % intervals\n" + extremes(report, order, -1);
  text += "largest gains\n" + extremes(report, {order.rbegin(), order.rend()}, 1);
  if (report.importance && !std::isnan(report.importance->correlation))
    text += text_of("rank correlation of gradient importance with |dAP|: ",
                    decimals(report.importance->correlation, 2, Sign::kAlways), "\n");
  for (const std::string& note :
       {too_few_resamples(report.effects.units.size(), report.options.bootstrap.resamples),
        too_few_images(report.effects.images.size())})
    if (!note.empty()) text += "note: " + note + "\n";
  return text;
}

std::string sweep_csv(const SweepReport& report) {
  std::string csv = "unit,dAP,dAP50,dAPs,dAPm,dAPl,ci_low,ci_high,p,n\n";
  for (std::size_t u = 0; u < report.effects.units.size(); ++u) {
    const UnitEffect& e = report.effects.units[u];
    csv += csv_field(report.grid.units[u].text);
    for (const int stat : {0, 1, 3, 4, 5}) csv += "," + csv_number(e.change.stats[stat]);
    csv += text_of(",", csv_number(e.ap.difference.low), ",", csv_number(e.ap.difference.high), ",",
                   csv_number(e.ap.p), ",", report.effects.images.size(), "\n");
  }
  return csv;
}

MatrixFigure sweep_figure(const SweepReport& report) {
  const UnitGrid& grid = report.grid;
  MatrixFigure figure{.title = grid.title,
                      .measure = "dAP",
                      .rows = grid.rows,
                      .columns = grid.columns,
                      .model = report.source.model};
  figure.subtitle = "dAP · " + grid.choice.kind;
  // A file's name would fill the line.
  const bool has_file = !grid.choice.means_file.empty();
  if (!grid.manner.empty() && !grid.choice.as_template)
    figure.subtitle += " · " + (has_file ? "data set's mean" : grid.manner);
  figure.tested_at = kSignificantQ;
  figure.means = grid.choice.kind != "query" && !grid.choice.as_template;
  figure.cells.resize(grid.rows.size() * grid.columns.size());
  for (std::size_t u = 0; u < grid.units.size(); ++u) {
    const UnitEffect& e = report.effects.units[u];
    const std::string& text = grid.units[u].text;
    figure.cells[static_cast<std::size_t>(grid.units[u].row) * grid.columns.size() +
                 static_cast<std::size_t>(grid.units[u].column)] = {
        .value = 100 * e.ap.difference.value,
        .is_known = true,
        .is_significant = is_significant(e),
        .low = 100 * e.ap.difference.low,
        .high = 100 * e.ap.difference.high,
        .name = text.substr(0, text.find('='))};
  }
  figure.caption = caption_of(report, figure.means);
  return figure;
}

}  // namespace saccade
