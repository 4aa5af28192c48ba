// The weights command: what a file holds, the same in another form, how two files differ.
#include "saccade/cli/weights_command.h"

#include <iostream>
#include <memory>

#include "saccade/checkpoint/weights_convert.h"
#include "saccade/checkpoint/weights_diff.h"
#include "saccade/checkpoint/weights_report.h"
#include "saccade/core/error.h"
#include "saccade/core/json_writer.h"
#include "saccade/model/config_from_weights.h"

namespace saccade {
namespace {

struct WeightsArguments {
  std::string first, second;  // files
  ConvertOptions convert;
  bool json = false;
  bool quiet = false;
};

// The detector that the commands make of the file, or why they refuse it.
std::string what_it_is(const WeightsFile& weights) {
  try {
    const ModelConfig c = config_from_weights(weights);
    const bool plain = c.family == ModelFamily::kDetr;
    const char* const family = is_notebook_detr(weights) ? "the demo notebook's minimal DETR"
                               : plain                   ? "DETR"
                                                         : "Deformable DETR";
    return text_of("read as                 ", family, c.two_stage ? ", two stages" : "",
                   c.with_box_refine ? ", boxes refined" : "", ": ", c.backbone, ", ", c.enc_layers,
                   " encoder and ", c.dec_layers, " decoder layers, ", c.num_queries, " queries, ",
                   c.num_classes, " class outputs\n");
  } catch (const Error& error) {
    return text_of("read as                 nothing: ", error.what(), "\n");
  }
}

void run_show(const WeightsArguments& arguments) {
  const WeightsFile weights = read_weights(arguments.first);
  if (arguments.json) {
    std::cout << weights_json(weights) << "\n";
  } else {
    std::cout << weights_table(weights) << what_it_is(weights);
  }
}

// The command as it would be typed again; it goes into the file it makes.
std::string command_text(const WeightsArguments& arguments) {
  const auto name = [](const std::string& path) {
    return std::filesystem::path(path).filename().string();
  };
  std::string text = "saccade weights convert " + name(arguments.first);
  const ConvertOptions& options = arguments.convert;
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) text += text_of(" ", option, " ", value);
  };
  add("--dtype", options.dtype);
  add("--names", options.names);
  add("--size", options.size);
  const bool is_json = options.class_names.find('{') != std::string::npos;
  add("--class_names", is_json ? "'" + options.class_names + "'" : name(options.class_names));
  add("--out", name(arguments.second));
  return text;
}

void run_convert(WeightsArguments arguments) {
  arguments.convert.command = command_text(arguments);
  const WeightsFile made = convert_weights(arguments.first, arguments.second, arguments.convert);
  if (arguments.json) {
    std::cout << weights_json(made) << "\n";
  } else if (!arguments.quiet) {
    std::cout << "wrote " << arguments.second << "\n";
  }
}

void run_diff(const WeightsArguments& arguments) {
  const WeightsDifference difference =
      diff_weights(read_weights(arguments.first), read_weights(arguments.second));
  if (arguments.json) {
    std::cout << diff_json(difference) << "\n";
  } else if (!arguments.quiet) {
    std::cout << diff_text(difference);
  }
  std::cout.flush();
  if (difference.any()) throw Error(text_of(arguments.first, ": differs from ", arguments.second));
}

void add_show(CLI::App& weights, const std::shared_ptr<WeightsArguments>& arguments) {
  CLI::App* show = weights.add_subcommand("show", "List tensors, options and metadata of a file.");
  show->add_option("FILE", arguments->first, ".pth or .safetensors")->required();
  show->add_flag("--json", arguments->json, "machine-readable, with the file's SHA-256");
  show->callback([arguments] { run_show(*arguments); });
}

void add_convert(CLI::App& weights, const std::shared_ptr<WeightsArguments>& arguments) {
  CLI::App* convert = weights.add_subcommand(
      "convert", "Write weights as .pth or .safetensors, in another float type or naming.");
  ConvertOptions& options = arguments->convert;
  convert->add_option("FILE", arguments->first, ".pth or .safetensors to read")->required();
  convert->add_option("OUT,--out", arguments->second, "file to write, by its suffix")->required();
  convert->add_option("--dtype", options.dtype, "float16, bfloat16, float32 or float64")
      ->type_name("TYPE");
  convert->add_option("--names", options.names, "official (default) or huggingface")
      ->type_name("NAMING");
  convert->add_option("--size", options.size, "input size to note in the file")
      ->type_name("SHORT,MAX[,N]");
  convert->add_option("--class_names,--class-names", options.class_names,
                      "class names to note: JSON, or a file with it or with COCO annotations");
  convert->add_flag("--overwrite", options.overwrite, "replace OUT where it exists");
  convert->add_flag("--json", arguments->json, "print what was written as JSON");
  convert->add_flag("--quiet", arguments->quiet, "print nothing");
  convert->callback([arguments] { run_convert(*arguments); });
}

void add_diff(CLI::App& weights, const std::shared_ptr<WeightsArguments>& arguments) {
  CLI::App* diff = weights.add_subcommand(
      "diff", "Compare two files tensor by tensor; exit code 1 where they differ.");
  diff->add_option("FILE", arguments->first, "first file")->required();
  diff->add_option("OTHER", arguments->second, "second file")->required();
  diff->add_flag("--json", arguments->json, "machine-readable");
  diff->add_flag("--quiet", arguments->quiet, "only the exit code");
  diff->callback([arguments] { run_diff(*arguments); });
}

}  // namespace

void add_weights_command(CLI::App& app) {
  CLI::App* weights = app.add_subcommand("weights", "Show, convert and compare files of weights.");
  weights->require_subcommand(1);
  const auto arguments = std::make_shared<WeightsArguments>();
  add_show(*weights, arguments);
  add_convert(*weights, arguments);
  add_diff(*weights, arguments);
}

}  // namespace saccade
