// saccade faith.
#include "saccade/cli/faith_command.h"

#include <algorithm>
#include <iostream>

#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/html_page.h"
#include "saccade/cli/study_run.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/eval/model_run.h"
#include "saccade/explain/attribution.h"
#include "saccade/study/faith_report.h"
#include "saccade/study/faith_run.h"
#include "saccade/study/study_page.h"
#include "saccade/study/study_text.h"
#include "saccade/study/weight_reset.h"

namespace saccade {
namespace {

const std::vector<std::string>& files() {
  static const std::vector<std::string> names{"faith.json", "faith.csv", "faith.png"};
  return names;
}

// Those asked for, else all that the model has but the one that needs a thousand forward passes.
std::vector<std::string> chosen_methods(const FaithCommandOptions& o, ModelFamily family) {
  std::vector<std::string> names;
  for (const std::string& name : o.methods) {
    const AttributionMethod method = attribution_method(name);
    if (!fits(method, family))
      throw UsageError("--method " + name + ": plain DETR has no sampling points");
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  if (!names.empty()) return names;
  for (const AttributionMethod method : attribution_methods())
    if (fits(method, family) && method != AttributionMethod::kDrise)
      names.emplace_back(method_name(method));
  return names;
}

FaithPlan plan_of(const FaithCommandOptions& o, const ModelConfig& config,
                  const std::vector<WeightPart>& parts) {
  FaithPlan plan{.maps = chosen_methods(o, config.family),
                 .steps = {.within = o.steps, .beyond = o.far_steps},
                 .point_steps = o.point_steps};
  if (config.family == ModelFamily::kDeformableDetr) {
    std::copy_if(plan.maps.begin(), plan.maps.end(), std::back_inserter(plan.point_orders),
                 [](const std::string& name) { return has_points(attribution_method(name)); });
    // The order that others are held against.
    if (std::find(plan.point_orders.begin(), plan.point_orders.end(), kWeightOrder) ==
        plan.point_orders.end())
      plan.point_orders.insert(plan.point_orders.begin(), kWeightOrder);
    plan.point_orders.emplace_back(kRandomMap);
  }
  plan.maps.emplace_back(kBoxMap), plan.maps.emplace_back(kRandomMap);
  if (o.sanity > 0)
    for (const WeightPart& part : parts) plan.parts.push_back(part.name);
  return plan;
}

void refuse_donors(const std::vector<Intervention>& interventions) {
  for (const Intervention& one : interventions)
    if (std::holds_alternative<Patch>(one.change))
      throw UsageError("'" + one.text + "': faith takes nothing from other images or weights");
}

// Everything that decides the numbers, for a human eye too.
std::string description(const StudyRun& study, const FaithOptions& options,
                        const std::vector<FaithTarget>& targets) {
  const FaithPlan& plan = options.plan;
  std::string text = study.description(study.set(), study.set().images.usable, {study.base()});
  text += "\nmaps";
  for (const std::string& map : plan.maps) text += " " + map;
  text += "\npoints";
  for (const std::string& order : plan.point_orders) text += " " + order;
  text += text_of("\nsteps ", plan.steps.within, " ", plan.steps.beyond, " ", plan.point_steps,
                  "\nsanity ", plan.sanity_detections, ", all weights but the backbone's:");
  for (const std::string& part : plan.parts) text += " " + part;
  text += text_of("\nbatch ", options.batch_size, "\nseed ", options.seed, "\ndetections");
  for (const FaithTarget& t : targets) text += text_of(" ", t.image, ":", t.query, ":", t.label);
  return text;
}

void refuse_no_targets(const FoundTargets& found, const StudyRun& study, double threshold) {
  if (!found.all.empty()) return;
  throw Error(text_of("no detection with a score of ", threshold, " or more on ",
                      study.set().images.usable.size(), " images of ", study.set().place.name,
                      "; the best has ", decimals(found.best_score, 3), ": lower --threshold"));
}

// Numbers first: a picture that cannot be drawn must not take them along.
void write_report(const FaithReport& report, const FaithCommandOptions& o) {
  const std::string json = faith_json(report);
  write_file(o.study.file("faith.json"), json);
  write_file(o.study.file("faith.csv"), faith_csv(report));
  std::cout << (o.study.eval.json ? json : faith_text(report)) << std::flush;
  draw_interval_figure(faith_figure(report), o.study.file("faith.png"),
                       figure_record(report.source.weights_sha256, std::to_string(report.seed)));
  tell_files(o.study, files());
  write_html_page(o.study.eval, [&] { return faith_page(report, o.study.out); });
}

void finish_report(FaithReport& report, const FaithCommandOptions& o, const NumberStore& store) {
  for (const auto& [row, numbers] : store.rows())
    report.records.push_back(record_of(numbers, report.plan));
  if (!o.study.bootstrap_given) {
    const std::size_t tests = 3 * (report.plan.methods() + report.plan.point_orders.size());
    report.options.bootstrap.resamples = default_resamples(tests);
  }
  report.results = faith_statistics(report.targets, report.records, report.plan, report.options);
}

void refuse_model(const FaithCommandOptions& o, const StudyRun& study) {
  // Proposals in another precision are ranked otherwise: "query 12" would be another one in the maps, which need gradients
  // and are computed in float32.
  if (study.config().two_stage && o.study.eval.model.precision != "fp32")
    throw UsageError("--precision " + o.study.eval.model.precision +
                     ": maps of a two-stage model are of float32's proposals; leave it out");
  if (o.sanity > 0 && !can_reset_weights(study.model()))
    throw UsageError(
        "the weights of this model cannot be drawn anew as those before training were (the demo "
        "notebook's DETR); --sanity 0 leaves these checks out");
}

void measure_faith(const FaithCommandOptions& o, StudyRun& study) {
  if (study.is_first()) refuse_to_replace_files(o.study, files());
  refuse_donors(study.base());
  refuse_model(o, study);
  FaithOptions options{.seed = o.study.eval.seed,
                       .parts = weight_parts(study.config(), o.sanity_layers),
                       .batch_size = o.batch_size};
  options.plan = plan_of(o, study.config(), options.parts);
  const FaithRun run{study.model(),     study.base(),
                     study.data(),      study.set().place.images,
                     options,           o.study.eval.skip_broken,
                     o.study.eval.quiet};
  const FoundTargets found =
      find_targets(run, study.set().images.usable, o.study.threshold, study.ranks());
  tell_problems(found.left_out);
  refuse_no_targets(found, study, o.study.threshold);
  FaithReport report{.data = &study.data(),
                     .targets = drawn_targets(found.all, o.detections, options.seed),
                     .category_of = categories_of_model(study.model(), study.data()),
                     .found = found.all.size(),
                     .threshold = o.study.threshold,
                     .seed = options.seed};
  options.plan.sanity_detections = std::min<int>(o.sanity, static_cast<int>(report.targets.size()));
  report.plan = options.plan;
  report.options = {study.effect_options().bootstrap, o.least_edge};
  const auto store =
      study.open_numbers("faith", description(study, options, report.targets),
                         to_numbers(empty_record(report.plan)).size(), report.targets.size());
  const double seconds = run_faith(run, report.targets, store.get(), study.ranks());
  if (!store) return;
  report.source = study.source();
  report.source.seconds = seconds;
  report.source.left_out_images += std::ssize(found.left_out);
  finish_report(report, o, *store);
  write_report(report, o);
  std::filesystem::remove(study.store_path("faith"));
}

}  // namespace

int run_faith_command(const FaithCommandOptions& options) {
  return run_study(options.study, [&](StudyRun& study) { measure_faith(options, study); });
}

}  // namespace saccade
