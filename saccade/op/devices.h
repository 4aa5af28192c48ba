// Where a model computes: the CPU, or a GPU whose kernels are loaded when they are asked for.
#pragma once

#include <c10/core/Device.h>

#include <string>
#include <vector>

namespace saccade {

struct OpenedDevice {
  at::Device device{at::kCPU};
  std::string note;  // "auto" on a machine whose GPU cannot be used: why; else empty
};

// "cpu", "cuda", "cuda:N" or "auto": a GPU if there is one that this build can use, else the CPU. "cuda" is
// device `local_rank`. The first GPU asked for loads the plug-in beside the program (libsaccade_cuda.so, or
// SACCADE_CUDA_PLUGIN), and with it LibTorch's CUDA library; without one nothing of CUDA is loaded.
// A GPU becomes the current device of the calling thread.
// Call it before the first use of at::. Throws UsageError for another name, Error where the device cannot
// be used: driver, architecture or library, and what to do.
OpenedDevice open_device(const std::string& name, int local_rank = 0);

// Devices this process can compute on: the CPU, and every GPU that open_device takes.
std::vector<at::Device> usable_devices();

}  // namespace saccade
