// What the user asked of `saccade export`.
#include "saccade/cli/export_options.h"

namespace saccade {

void add_export(CLI::App& app, ExportOptions& o) {
  CLI::App* group = app.add_subcommand("export", "Write a model for other engines.");
  group->require_subcommand(1);
  CLI::App* command = group->add_subcommand("onnx", "An ONNX file for images of one size.");
  command->add_option("--weights", o.weights, ".pth or .safetensors file (default: the demo model)")
      ->type_name("FILE");
  command
      ->add_option("--image-size", o.image_size,
                   "of the images that it will see; the size of its input follows by --size")
      ->required()
      ->type_name("WIDTHxHEIGHT");
  command
      ->add_option("--size", o.size,
                   "images are resized to this short side, with this longest side, to multiples "
                   "of N (default: as trained)")
      ->type_name("SHORT,MAX[,N]");
  command->add_option("--batch", o.batch, "images at once (default: 1)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command
      ->add_option("--op", o.op,
                   "deformable attention as ONNX's own operators, or as TensorRT's plugin "
                   "MultiscaleDeformableAttnPlugin_TRT (default: gridsample)")
      ->check(CLI::IsMember({"gridsample", "tensorrt"}))
      ->type_name("NAME");
  command->add_option("--out", o.out, "the file (default: model.onnx)")->type_name("FILE");
  command->add_flag("--json", o.json, "print inputs and outputs as JSON");
  command->add_flag("--overwrite", o.overwrite, "replace a file that exists");
  command->add_flag("--quiet", o.quiet, "print nothing");
  command->footer(
      "Example: saccade export onnx --weights r50.pth --image-size 1920x1080 --out r50.onnx\n"
      "See also: docs/export.md");
}

}  // namespace saccade
