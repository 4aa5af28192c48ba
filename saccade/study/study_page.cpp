// Studies as pages for people.
#include "saccade/study/study_page.h"

#include <cmath>

#include "saccade/core/error.h"
#include "saccade/study/study_text.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr int kShownStats[] = {1, 3, 4, 5};  // AP50 and by size

// 0 to 1 as points, 0 to 100.
std::string points(double value) {
  return std::isnan(value) ? "–" : decimals(100 * value, 2, Sign::kAlways);
}

std::vector<std::string> row_of(const std::string& unit, const UnitEffect& e) {
  const BootstrapInterval& ap = e.ap.difference;
  std::vector<std::string> row{"`" + unit + "`",
                               points(ap.value),
                               text_of("[", points(ap.low), ", ", points(ap.high), "]"),
                               decimals(e.q, 3),
                               std::to_string(e.detections.lost),
                               std::to_string(e.detections.gained)};
  for (const int stat : kShownStats) row.push_back(points(e.change.stats[stat]));
  return row;
}

// The largest loss first.
Table units_table(const SweepReport& report) {
  Table table{{"unit", "change of AP, points", "95 %", "q", "lost", "gained"}, {}};
  for (const int stat : kShownStats) table.head.emplace_back(kCocoStatNames[stat]);
  for (const std::size_t u : by_change(report))
    table.rows.push_back(row_of(report.grid.units[u].text, report.effects.units[u]));
  return table;
}

// Model and weights, data, command, program.
BulletList facts_of(const StudySource& source) {
  const bool is_file = source.weights_sha256.empty();  // results, of whatever model
  BulletList facts{{is_file ? "Results: " + source.model
                            : text_of("Model: ", source.model, ", weights `",
                                      source.weights_sha256.substr(0, 12), "`"),
                    "Data: " + source.set}};
  if (source.left_out_images > 0)
    facts.items.back() += text_of(", ", source.left_out_images, " images left out");
  for (const std::string& text : source.interventions)
    facts.items.push_back("Changed everywhere: `" + text + "`");
  if (!source.seed.empty()) facts.items.push_back("Seed: " + source.seed);
  facts.items.push_back(text_of("Command: `", source.command, "` (version ", source.version, ")"));
  return facts;
}

}  // namespace

Document sweep_page(const SweepReport& report, const fs::path& folder) {
  Document page{text_of("Sweep: ", report.grid.choice.kind, report.grid.manner.empty() ? "" : ", ",
                        report.grid.manner),
                {facts_of(report.source),
                 Picture{folder / "sweep.png",
                         report.grid.choice.kind + ": change of AP of each unit, in points"}}};
  if (!report.query_specific.empty())
    page.blocks.push_back(Picture{folder / "template.png", "Per cent that is the queries' own"});
  page.blocks.push_back(Heading{"What it says"});
  page.blocks.push_back(Preformatted{sweep_text(report)});
  page.blocks.push_back(Heading{"Every unit"});
  page.blocks.push_back(units_table(report));
  return page;
}

Document faith_page(const FaithReport& report, const fs::path& folder) {
  return {
      "Which map deserves trust",
      {facts_of(report.source),
       Picture{folder / "faith.png", "Differences to random cells of each method, with intervals"},
       Heading{"What it says"}, Preformatted{faith_text(report)}}};
}

Document eval_page(const StudySource& source, const std::string& text,
                   const std::vector<fs::path>& pictures) {
  Document page{text_of("Evaluation: ", source.model, " on ", source.set),
                {facts_of(source), Preformatted{text}}};
  for (const fs::path& picture : pictures)
    page.blocks.push_back(Picture{picture, "Precision over recall"});
  return page;
}

void add_errors(Document& page, const ErrorReport& report, const fs::path& folder,
                const std::vector<std::string>& pictures) {
  page.blocks.push_back(Heading{"Errors, and what attention did there"});
  page.blocks.push_back(Picture{
      folder / "errors.png", "Types of errors, what they cost, and attention beside that of hits"});
  page.blocks.push_back(Preformatted{errors_text(report)});
  if (!pictures.empty()) page.blocks.push_back(Heading{"Single errors"});
  for (const std::string& name : pictures) page.blocks.push_back(Picture{folder / name, name});
}

}  // namespace saccade
