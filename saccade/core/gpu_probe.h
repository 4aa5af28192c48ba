// What NVIDIA's driver says of this machine. Asks the driver itself, so that no CUDA library is loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace saccade {

struct Gpu {
  std::string name;
  int major = 0, minor = 0;  // compute capability
  std::int64_t memory_bytes = 0;

  // "sm_90"
  std::string architecture() const;
};

struct GpuProbe {
  std::string problem;     // why there is no device, and what to do; empty with one or more
  int driver_version = 0;  // of the CUDA interface, 1000 * major + 10 * minor; 0: no driver
  std::vector<Gpu> gpus;   // as CUDA numbers them, after CUDA_VISIBLE_DEVICES
};

// Never throws. The first call initialises the driver (some milliseconds per device).
GpuProbe probe_gpus();

// "cuda:3" is 3, "cuda" -1; nothing for another name.
std::optional<int> cuda_index(const std::string& name);

// Whether machine code for `architectures` ("80,89,90,90+PTX", SASS runs on its own major version from its minor
// on, PTX on everything later) runs on this device.
bool runs_on(const std::string& architectures, const Gpu& gpu);

}  // namespace saccade
