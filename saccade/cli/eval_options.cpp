// What the user asked of `saccade eval`.
#include "saccade/cli/eval_options.h"

#include <filesystem>

#include "saccade/core/error.h"

namespace saccade {
namespace {

void add_inputs(CLI::App& command, EvalOptions& o) {
  command.add_option("--annotations", o.annotations, "COCO file with the truth")
      ->required()
      ->type_name("FILE");
  command.add_option("--detections", o.detections, "COCO result file to evaluate")
      ->required()
      ->type_name("FILE");
  command.add_option("--iou_type", o.iou_type, "bbox or segm (default: bbox)")
      ->check(CLI::IsMember({"bbox", "segm"}))
      ->type_name("NAME");
  command.add_option("--subset", o.subset, "evaluate this many images, drawn at random")
      ->check(CLI::Range(1, 100'000'000))
      ->type_name("N");
  command.add_option("--seed", o.seed, "of --subset and --bootstrap (default: 0)")->type_name("S");
  command.add_flag("--pycocotools_id0", o.pycocotools_id0,
                   "never find a truth with annotation id 0, as pycocotools does");
}

void add_studies(CLI::App& command, EvalOptions& o) {
  CLI::Option* compare =
      command
          .add_option("--compare", o.compare, "another result file: is it better, and how surely")
          ->type_name("FILE");
  command.add_option("--bootstrap", o.bootstrap, "resamples of the comparison (default: 1000)")
      ->check(CLI::Range(1, 10'000'000))
      ->needs(compare)
      ->type_name("N");
  command.add_flag("--tide", o.tide, "types of the errors and what each costs");
}

void add_outputs(CLI::App& command, EvalOptions& o) {
  command
      .add_option("--save_eval", o.save_eval, "write precision, recall and scores as .safetensors")
      ->type_name("FILE");
  command.add_option("--threads", o.threads, "threads to compute with (default: all cores)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command.add_flag("--json", o.json, "print the results as JSON");
  command.add_flag("--overwrite", o.overwrite, "replace files that exist");
  command.add_flag("--quiet", o.quiet, "no notes, no list of written files");
}

}  // namespace

void add_eval(CLI::App& app, EvalOptions& o) {
  CLI::App* command = app.add_subcommand("eval", "COCO's AP and AR of detections.");
  add_inputs(*command, o);
  add_studies(*command, o);
  add_outputs(*command, o);
  command->footer(
      "Example: saccade eval --annotations instances_val2017.json --detections results.json "
      "--tide");
}

std::string command_text(const EvalOptions& o) {
  const auto name = [](const std::string& path) {
    return std::filesystem::path(path).filename().string();
  };
  std::string text = text_of("saccade eval --annotations ", name(o.annotations), " --detections ",
                             name(o.detections), " --iou_type ", o.iou_type);
  if (o.subset > 0) text += text_of(" --subset ", o.subset, " --seed ", o.seed);
  if (o.pycocotools_id0) text += " --pycocotools_id0";
  if (!o.save_eval.empty()) text += " --save_eval " + name(o.save_eval);
  return text;
}

}  // namespace saccade
