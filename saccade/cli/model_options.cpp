// The options that every command with a model shares.
#include "saccade/cli/model_options.h"

#include "saccade/core/gpu_probe.h"

namespace saccade {
namespace {

// The spelling; whether there is such a device is known once it is opened.
std::string device_problem(const std::string& name) {
  const bool known = name == "auto" || name == "cpu" || cuda_index(name).has_value();
  return known ? "" : name + ": expected auto, cpu, cuda or cuda:N";
}

}  // namespace

void add_model_options(CLI::App& command, ModelOptions& o) {
  command.add_option("--weights", o.weights, ".pth or .safetensors file (default: the demo model)")
      ->type_name("FILE");
  command
      .add_option("--device", o.device,
                  "cpu, cuda, cuda:N or auto: a GPU that this build can use, else the CPU "
                  "(default: auto)")
      ->check(device_problem)
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

void add_precision_option(CLI::App& command, std::string& precision) {
  command
      .add_option("--precision", precision,
                  "of matrix products and convolutions: fp32, bf16 or, on GPUs alone, fp16 "
                  "(default: fp32)")
      ->check(CLI::IsMember({"fp32", "bf16", "fp16"}))
      ->type_name("NAME");
}

void add_intervention_option(CLI::App& command, ModelOptions& o) {
  command
      .add_option("-x,--intervene", o.interventions,
                  "change the attention, such as 'dec.3.cross.head5=off'; repeatable "
                  "(docs/interventions.md)")
      ->allow_extra_args(false)
      ->type_name("TEXT|FILE");
}

void add_exif_option(CLI::App& command, ModelOptions& o) {
  command.add_flag("--no-exif", o.no_exif, "read pixels as stored, without turning by EXIF");
}

}  // namespace saccade
