// What the user asked of `saccade eval`.
#include "saccade/cli/eval_options.h"

#include <filesystem>

#include "saccade/cli/model_options.h"
#include "saccade/cli/output_files.h"
#include "saccade/core/error.h"
#include "saccade/render/figure_file.h"
#include "saccade/study/document.h"

namespace saccade {
namespace {

void add_model(CLI::App& command, EvalOptions& o) {
  add_evaluated_model_options(command, o);
  command.add_option("--resume", o.model.weights, "the same as --weights, as in the original")
      ->excludes("--weights")
      ->type_name("FILE");
  command.add_option("--batch_size", o.batch_size, "images of one size run together (default: 2)")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  command.add_option("--results", o.results, "write the detections as a COCO result file")
      ->type_name("FILE");
  command
      .add_option("--head-means", o.head_means,
                  "write the mean output of every attention head over the data set, .safetensors; "
                  "-x 'dec.3.cross.head5=off(mean,FILE)' takes it")
      ->type_name("FILE");
}

void add_errors(CLI::App& command, EvalOptions& o) {
  CLI::Option* errors =
      command
          .add_option("--errors", o.errors,
                      "write into this folder which errors are on which images and what attention "
                      "did there, against true positives, with pictures")
          ->type_name("DIR");
  command
      .add_option("--threshold", o.threshold,
                  "with --errors: least score of a result whose attention is looked at (default: "
                  "0.3)")
      ->check(CLI::Range(0.0, 1.0))
      ->needs(errors)
      ->type_name("S");
  command.add_option("--pictures", o.pictures, "with --errors: pictures of each type (default: 3)")
      ->check(CLI::Range(0, 1000))
      ->needs(errors)
      ->type_name("N");
}

void add_files(CLI::App& command, EvalOptions& o) {
  CLI::Option* detections =
      command
          .add_option("--detections", o.detections,
                      "evaluate this COCO result file; no model, no images needed")
          ->type_name("FILE");
  for (const char* of_model : {"--batch_size", "--num_workers", "--device", "--precision",
                               "--intervene", "--head-means", "--errors"})
    command.get_option(of_model)->excludes(detections);
  command.add_option("--iou_type", o.iou_type, "bbox or segm (default: bbox)")
      ->check(CLI::IsMember({"bbox", "segm"}))
      ->type_name("NAME");
  command.add_flag("--pycocotools_id0", o.pycocotools_id0,
                   "never find a truth with annotation id 0, as pycocotools does");
}

void add_studies(CLI::App& command, EvalOptions& o) {
  command.add_option("--compare", o.compare, "another result file: is it better, and how surely")
      ->type_name("FILE");
  command
      .add_option("--bootstrap", o.bootstrap, "resamples of --compare and --errors (default: 1000)")
      ->check(CLI::Range(1, 10'000'000))
      ->each([&o](const std::string&) { o.bootstrap_given = true; })
      ->type_name("N");
  command.add_flag("--tide", o.tide, "types of the errors and what each costs");
}

void add_outputs(CLI::App& command, EvalOptions& o) {
  command
      .add_option("--save_eval", o.save_eval, "write precision, recall and scores as .safetensors")
      ->type_name("FILE");
  command.add_option("--plot", o.plot, "draw precision over recall: .png, .svg or .pdf")
      ->type_name("FILE");
  add_html_option(command, o);
  command.add_flag("--json", o.json, "print the results as JSON");
  command.add_flag("--overwrite", o.overwrite, "replace files that exist");
  command.add_flag("--quiet", o.quiet, "no progress, no notes, no list of written files");
}

}  // namespace

void add_evaluated_set_options(CLI::App& command, EvalOptions& o) {
  add_data_set_options(command, o.set);
  command.add_option("--subset", o.subset, "evaluate this many images, drawn at random")
      ->check(CLI::Range(1, 100'000'000))
      ->type_name("N");
  command.add_option("--seed", o.seed, "of all that is drawn at random (default: 0)")
      ->check(CLI::NonNegativeNumber)
      ->each([&o](const std::string&) { o.seed_given = true; })
      ->type_name("S");
  command.add_flag("--skip-broken", o.skip_broken,
                   "leave out images and records that are broken, and say how many");
}

void add_evaluated_model_options(CLI::App& command, EvalOptions& o) {
  add_model_options(command, o.model);
  add_precision_option(command, o.model.precision);
  add_intervention_option(command, o.model);
  command.add_option("--num_workers", o.num_workers, "threads that decode ahead (default: 2)")
      ->check(CLI::Range(1, 256))
      ->type_name("N");
}

void add_html_option(CLI::App& command, EvalOptions& o) {
  command
      .add_option(
          "--html", o.html,
          "also write one page that needs no other file: numbers, pictures, how they were made")
      ->check([](const std::string& name) {
        const bool is_page = std::filesystem::path(name).extension() == ".html";
        return is_page ? std::string() : "expected a name that ends in .html, got '" + name + "'";
      })
      ->type_name("FILE");
}

void add_eval(CLI::App& app, EvalOptions& o) {
  CLI::App* command =
      app.add_subcommand("eval", "COCO's AP and AR of a model on a data set, or of a result file.");
  add_evaluated_set_options(*command, o);
  add_model(*command, o);
  add_errors(*command, o);
  add_files(*command, o);
  add_studies(*command, o);
  add_outputs(*command, o);
  command->footer(
      "Example: saccade eval --coco_path coco --weights r50.pth --results results.json\n"
      "         saccade eval --images street/val --annotations street/val.json --tide\n"
      "         saccade eval --images street/val --annotations street/val.json --errors errors\n"
      "         saccade eval --annotations instances_val2017.json --detections results.json\n"
      "Several processes share the work where torchrun or srun start them.\n"
      "See also: saccade data check");
}

void check_eval_options(const EvalOptions& o) {
  const bool has_file = !o.detections.empty();
  const auto refuse = [](const char* option, const char* why) {
    throw UsageError(text_of(option, ": ", why));
  };
  if (has_file && !o.model.weights.empty())
    refuse("--weights", "no model is run with --detections");
  if (has_file && !o.model.size.empty()) refuse("--size", "no model is run with --detections");
  if (has_file && !o.set.images.empty()) refuse("--images", "no image is read with --detections");
  if (has_file && !o.results.empty()) refuse("--results", "the results are --detections already");
  if (!has_file && o.iou_type == "segm")
    refuse("--iou_type segm", "models find boxes alone; give a result file as --detections");
  if (!has_file && !o.set.annotations.empty() && o.set.images.empty()) {
    throw UsageError(
        "--annotations wants --images DIR to run the model on, or --detections FILE to "
        "evaluate results");
  }
  if (o.seed_given && o.subset == 0 && o.compare.empty() && o.errors.empty())
    refuse("--seed", "nothing is drawn at random without --subset, --compare or --errors");
  if (o.bootstrap_given && o.compare.empty() && o.errors.empty())
    refuse("--bootstrap", "nothing is resampled without --compare or --errors");
  if (!o.errors.empty() && !o.head_means.empty())
    refuse("--errors", "and --head-means both watch the run; evaluate twice");
  if (!o.plot.empty()) figure_kind(o.plot);
  if (!o.plot.empty() && !o.html.empty() && !can_be_shown(o.plot))
    refuse("--plot", "a page of --html shows .png and .svg");
  if (!o.head_means.empty() && std::filesystem::path(o.head_means).extension() != ".safetensors")
    refuse("--head-means", "expected a name that ends in .safetensors");
}

void refuse_to_replace_outputs(const EvalOptions& o) {
  for (const std::string& file : {o.save_eval, o.plot, o.results, o.head_means, o.html})
    refuse_to_replace(file, o.overwrite);
}

}  // namespace saccade
