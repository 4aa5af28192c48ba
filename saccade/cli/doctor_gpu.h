// What `saccade doctor` finds about GPUs.
#pragma once

#include <string>
#include <vector>

namespace saccade {

// One line of the report.
struct Finding {
  std::string what;
  std::string found;
  bool fine = true;
  std::string advice;
};

// The driver, each device, the CUDA kernels of this build, and whether their libraries load (tried in a process of
// its own). A machine without a device is fine; one whose device cannot be used is not.
std::vector<Finding> look_at_gpus();

}  // namespace saccade
