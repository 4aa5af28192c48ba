// The options that every command with a model shares.
#include "saccade/cli/model_options.h"

namespace saccade {

void add_model_options(CLI::App& command, ModelOptions& o) {
  command.add_option("--weights", o.weights, ".pth or .safetensors file (default: the demo model)")
      ->type_name("FILE");
  command.add_option("--device", o.device, "auto, cpu, cuda or cuda:N (default: auto)")
      ->type_name("NAME");
  command.add_option("--threads", o.threads, "threads to compute with (default: all cores)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command
      .add_option("--size", o.size,
                  "resize to this short side, with this longest side, to multiples of N (default: "
                  "as trained)")
      ->type_name("SHORT,MAX[,N]");
}

void add_exif_option(CLI::App& command, ModelOptions& o) {
  command.add_flag("--no-exif", o.no_exif, "read pixels as stored, without turning by EXIF");
}

}  // namespace saccade
