// The device that a command computes on.
#include "saccade/cli/model_device.h"

#include <ATen/Context.h>

#include <iostream>

#include "saccade/core/error.h"
#include "saccade/core/gpu_probe.h"
#include "saccade/core/one_line.h"
#include "saccade/op/devices.h"

namespace saccade {

void check_precision(const std::string& precision, at::Device device, const std::string& asked) {
  if (precision != "fp16" || !device.is_cpu()) return;
  throw UsageError(text_of("--precision fp16 is computed on a GPU alone",
                           asked == "auto" ? ", and this is the CPU" : "",
                           "; on the CPU give --precision bf16"));
}

at::Device open_model_device(const ModelOptions& options, int local_rank, bool silent) {
  // Where a process is shown fewer GPUs than there are processes (Slurm may show each its own alone) numbers
  // begin anew.
  const auto count =
      local_rank > 0 && options.device != "cpu" ? static_cast<int>(probe_gpus().gpus.size()) : 0;
  const OpenedDevice opened =
      open_device(options.device, count > 0 ? local_rank % count : local_rank);
  if (!opened.note.empty() && !silent)
    std::cerr << "saccade: warning: " << one_line(opened.note) << "\n";
  check_precision(options.precision, opened.device, options.device);
  if (opened.device.is_cuda()) at::globalContext().setAllowTF32CuDNN(false);
  return opened.device;
}

}  // namespace saccade
