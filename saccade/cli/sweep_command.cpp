// saccade sweep.
#include "saccade/cli/sweep_command.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/html_page.h"
#include "saccade/cli/study_run.h"
#include "saccade/core/file_io.h"
#include "saccade/core/progress.h"
#include "saccade/core/rank_correlation.h"
#include "saccade/core/sorted_order.h"
#include "saccade/eval/rank_exchange.h"
#include "saccade/explain/intervention_text.h"
#include "saccade/explain/model_limits.h"
#include "saccade/explain/query_variation.h"
#include "saccade/study/gate_importance.h"
#include "saccade/study/study_page.h"

namespace saccade {
namespace {

std::vector<std::string> files_of(const SweepOptions& o) {
  std::vector<std::string> names{"sweep.json", "sweep.csv", "sweep.png"};
  if (o.units.as_template) names.insert(names.end(), {"template.csv", "template.png"});
  return names;
}

// Numbers first: a picture that cannot be drawn must not take them along.
void write_report(const SweepReport& report, const SweepOptions& o) {
  const std::string json = sweep_json(report);
  write_file(o.study.file("sweep.json"), json);
  write_file(o.study.file("sweep.csv"), sweep_csv(report));
  if (o.units.as_template)
    write_file(o.study.file("template.csv"), template_csv(report.query_specific));
  std::cout << (o.study.eval.json ? json : sweep_text(report)) << std::flush;
  const FigureRecord record =
      figure_record(report.source.weights_sha256, std::to_string(report.options.bootstrap.seed));
  draw_matrix_figure(sweep_figure(report), o.study.file("sweep.png"), record);
  if (o.units.as_template)
    draw_template_figure(template_figure(report), o.study.file("template.png"), record);
  tell_files(o.study, files_of(o));
  write_html_page(o.study.eval, [&] { return sweep_page(report, o.study.out); });
}

// Keeps the units whose gates have the largest gradients.
void preselect(const SweepOptions& o, StudyRun& study, SweepReport& report) {
  UnitImportance& importance = report.importance.emplace();
  std::vector<Intervention> units;
  for (const GridUnit& unit : report.grid.units) {
    importance.units.push_back(unit.text);
    units.push_back(parse_intervention(unit.text));
  }
  importance.of_unit = gate_importance(study.model(), study.data(), study.set().place.images,
                                       study.set().images.usable, units,
                                       {.quiet = o.study.eval.quiet}, study.ranks());
  std::vector<std::size_t> order = sorted_order(units.size(), [&](std::size_t a, std::size_t b) {
    return importance.of_unit[a] > importance.of_unit[b];
  });
  order.resize(std::min<std::size_t>(order.size(), static_cast<std::size_t>(o.preselect)));
  std::sort(order.begin(), order.end());
  std::vector<GridUnit> kept;
  for (const std::size_t u : order) kept.push_back(report.grid.units[u]);
  report.grid.units = std::move(kept);
}

// Of what the gradient says with what switching off does.
void correlate(SweepReport& report) {
  UnitImportance& importance = *report.importance;
  std::vector<double> gradients, changes;
  for (std::size_t u = 0; u < report.grid.units.size(); ++u) {
    const auto at =
        std::find(importance.units.begin(), importance.units.end(), report.grid.units[u].text);
    gradients.push_back(
        importance.of_unit[static_cast<std::size_t>(at - importance.units.begin())]);
    changes.push_back(std::abs(report.effects.units[u].ap.difference.value));
  }
  importance.correlation = spearman(gradients, changes);
}

// Of every attention module of the model, over the images.
std::vector<ModuleParts> query_specific_parts(StudyRun& study) {
  VariationRecorder recorder(study.config());
  study.watch(recorder, "query-specific part");
  const auto variations =
      recorder.variations_of(sum_over_ranks(recorder.sums(), "variations", study.ranks()));
  std::vector<ModuleParts> parts;
  for (const auto& [name, site] : {std::pair("enc", AttentionSite::kEncoderSelf),
                                   std::pair("dec.cross", AttentionSite::kDecoderCross),
                                   std::pair("dec.self", AttentionSite::kDecoderSelf)}) {
    ModuleParts& module = parts.emplace_back(ModuleParts{.name = name});
    const at::Tensor& of_layers = variations.at(site);
    for (std::int64_t layer = 0; layer < of_layers.size(0); ++layer) {
      module.layers.push_back(query_specific_of_heads(of_layers[layer]));
      module.layers.back().push_back(query_specific_of(of_layers[layer]));
    }
    if (module.layers.empty()) parts.pop_back();
  }
  return parts;
}

void sweep(const SweepOptions& o, StudyRun& study) {
  if (study.is_first()) refuse_to_replace_files(o.study, files_of(o));
  UnitChoice choice = o.units;
  choice.seed = o.study.eval.seed;
  SweepReport report{.data = &study.data(),
                     .grid = unit_grid(choice, limits_of(study.config())),
                     .options = study.effect_options()};
  if (o.preselect > 0) preselect(o, study, report);
  if (!o.study.bootstrap_given)
    report.options.bootstrap.resamples = default_resamples(report.grid.units.size());
  Variants variants{study.base()};
  for (const GridUnit& unit : report.grid.units) variants.push_back(study.with({unit.text}));
  if (o.units.as_template) report.query_specific = query_specific_parts(study);
  const auto store = study.run(study.set(), study.set().images.usable, variants, "sweep");
  if (!store) return;
  const int units = static_cast<int>(report.grid.units.size());
  Progress progress("units evaluated", units, o.study.eval.quiet);
  report.effects = measure_effects(
      study.data(), store->images(), units, [&](int variant) { return store->read(variant); },
      report.options, [&] { progress.step(); });
  report.source = study.source();
  if (report.importance) correlate(report);
  write_report(report, o);
  std::filesystem::remove(study.store_path("sweep"));
}

}  // namespace

int run_sweep(const SweepOptions& options) {
  check_sweep_options(options);
  return run_study(options.study, [&](StudyRun& study) { sweep(options, study); });
}

}  // namespace saccade
