// Opens a device by name.
#include "saccade/op/devices.h"

#include <dlfcn.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "saccade/core/cuda_build.h"
#include "saccade/core/error.h"
#include "saccade/core/gpu_probe.h"

namespace saccade {
namespace {

// "cuda" is -1, "cuda:3" is 3.
int parse_index(const std::string& name) {
  constexpr std::string_view kPrefix = "cuda:";
  if (name == "cuda") return -1;
  int index = -1;
  const char* const end = name.data() + name.size();
  if (name.starts_with(kPrefix)) {
    const auto [rest, error] = std::from_chars(name.data() + kPrefix.size(), end, index);
    if (error == std::errc() && rest == end && index >= 0) return index;
  }
  throw UsageError(text_of("--device ", name, ": expected auto, cpu, cuda or cuda:N"));
}

// Empty once the kernels are there; else why they are not. Tried once.
const std::string& load_plugin() {
  static const std::string problem = []() -> std::string {
    const auto path = cuda_plugin();
    if (path.empty()) return no_cuda_build();
    // Global: LibTorch finds its CUDA hooks by what this registers.
    if (::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr) return "";
    return text_of(::dlerror(), "; `make setup-full` installs CUDA's libraries");
  }();
  return problem;
}

}  // namespace

OpenedDevice open_device(const std::string& name, int local_rank) {
  if (name == "cpu") return {};
  const bool is_auto = name == "auto";
  int index = is_auto ? -1 : parse_index(name);
  const GpuProbe probe = probe_gpus();
  const int count = static_cast<int>(probe.gpus.size());
  if (is_auto && (count == 0 || cuda_plugin().empty())) return {};
  std::string problem = probe.problem;
  if (index < 0) index = local_rank;
  if (problem.empty() && index >= count)
    problem = text_of("there ", count == 1 ? "is 1 device" : text_of("are ", count, " devices"),
                      ", counted from 0");
  if (problem.empty()) problem = why_not_usable(probe, probe.gpus[static_cast<std::size_t>(index)]);
  if (problem.empty()) problem = load_plugin();
  if (problem.empty()) return {at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index)), ""};
  if (is_auto) return {at::Device(at::kCPU), "computing on the CPU: " + problem};
  throw Error(text_of("--device ", name, ": ", problem));
}

std::vector<at::Device> usable_devices() {
  std::vector<at::Device> devices{at::Device(at::kCPU)};
  if (!open_device("auto").device.is_cuda()) return devices;
  for (std::size_t i = 0; i < probe_gpus().gpus.size(); ++i) {
    const auto index = static_cast<int>(i);
    if (const auto opened = open_device("auto", index); opened.device.is_cuda())
      devices.push_back(opened.device);
  }
  return devices;
}

}  // namespace saccade
