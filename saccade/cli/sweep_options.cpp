// What the user asked of `saccade sweep`.
#include "saccade/cli/sweep_options.h"

#include "saccade/core/error.h"

namespace saccade {
namespace {

void add_units(CLI::App& command, SweepOptions& o) {
  command
      .add_option("--unit", o.units.kind,
                  "kind of unit that is switched off (default: dec.cross.head)")
      ->check(CLI::IsMember(unit_kinds()))
      ->type_name("KIND");
  add_manner_options(command, o.units);
  command.add_flag(
      "--template", o.units.as_template,
      "heads, layers: instead of switching off, put the mean over the image's queries in the place "
      "of weights and of offsets: do queries look for something of their own?");
  command
      .add_option(
          "--preselect", o.preselect,
          "switch only the N units with the largest gradient of the loss: a cheap first pass")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
}

void check_template(const SweepOptions& o) {
  if (!has_template(o.units.kind))
    throw UsageError("--template: is for heads and layers, not for " + o.units.kind);
  if (o.units.mode != "zero")
    throw UsageError("--mode: says what a head that is off gives; with --template none is off");
  if (!o.units.renormalise)
    throw UsageError("--renorm: is for levels and points that are off; with --template none is");
  if (o.preselect > 0)
    throw UsageError("--preselect: gradients tell of what is switched off; leave out --template");
}

}  // namespace

void add_manner_options(CLI::App& command, UnitChoice& units) {
  CLI::Option* mode =
      command
          .add_option("--mode", units.mode,
                      "what a head that is off gives: zero, the mean over the image's queries, or "
                      "resample: what it gives on another image of the set (default: zero)")
          ->check(CLI::IsMember({"zero", "mean", "resample"}))
          ->type_name("NAME");
  command
      .add_option("--head-means", units.means_file,
                  "with --mode mean: the means of a whole data set, as eval --head-means writes "
                  "them")
      ->needs(mode)
      ->type_name("FILE");
  command
      .add_option_function<std::string>(
          "--renorm", [&units](const std::string& word) { units.renormalise = word == "on"; },
          "levels, points: the head's other weights share out what is missing, on or off (default: "
          "on)")
      ->check(CLI::IsMember({"on", "off"}))
      ->type_name("ON");
}

void add_study_options(CLI::App& command, StudyOptions& o) {
  add_evaluated_set_options(command, o.eval);
  add_evaluated_model_options(command, o.eval);
  command
      .add_option(
          "--bootstrap", o.eval.bootstrap,
          "resamples behind every interval (default: 1000; sweep: up to 10000, as many as let "
          "one unit of all become significant)")
      ->check(CLI::Range(1, 10'000'000))
      ->each([&o](const std::string&) { o.bootstrap_given = true; })
      ->type_name("N");
  command
      .add_option("--threshold", o.threshold,
                  "least score of a detection that counts as lost, gained or moved (default: 0.5)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("S");
  command.add_option("--out", o.out, "folder; a study that was cut off goes on there")
      ->required()
      ->type_name("DIR");
  add_html_option(command, o.eval);
  command.add_flag("--json", o.eval.json, "print the results as JSON");
  command.add_flag("--overwrite", o.eval.overwrite,
                   "replace what another study left in the folder");
  command.add_flag("--quiet", o.eval.quiet, "no progress, no notes, no list of written files");
}

void add_sweep(CLI::App& app, SweepOptions& o) {
  CLI::App* command = app.add_subcommand(
      "sweep", "Switch every head, level, point ... off in turn: what each does to AP.");
  add_units(*command, o);
  add_study_options(*command, o.study);
  command->footer(
      "Example: saccade sweep --unit dec.cross.head --images street/val --annotations "
      "street/val.json --out heads\n"
      "         saccade sweep --unit enc.level --renorm off --coco_path coco --subset 500 --out "
      "levels\n"
      "         saccade sweep --template --images street/val --annotations street/val.json --out "
      "template\n"
      "Writes sweep.json, sweep.csv and sweep.png; --template also template.csv and template.png. "
      "Several processes share the work where torchrun "
      "or srun start them.\n"
      "See also: saccade eval -x, for one of them alone");
}

void check_sweep_options(const SweepOptions& o) {
  if (o.units.as_template) return check_template(o);
  if (o.units.mode != "zero" && !has_mode(o.units.kind))
    throw UsageError("--mode: is for heads, not for " + o.units.kind);
  if (!o.units.means_file.empty() && o.units.mode != "mean")
    throw UsageError("--head-means: is for --mode mean");
  if (!o.units.renormalise && !has_renormalise(o.units.kind))
    throw UsageError("--renorm: is for levels and points, not for " + o.units.kind);
  if (o.preselect > 0 && !has_mode(o.units.kind) && !has_renormalise(o.units.kind))
    throw UsageError("--preselect: is for heads, levels and points, not for " + o.units.kind);
  if (o.preselect > 0 && !o.study.eval.model.interventions.empty())
    throw UsageError("--preselect: gradients are of the model without -x; leave one of them out");
}

}  // namespace saccade
