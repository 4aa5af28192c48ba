// Opens a device by name.
#include "saccade/op/devices.h"

#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>

#include "saccade/core/cuda_build.h"
#include "saccade/core/error.h"
#include "saccade/core/gpu_probe.h"
#include "saccade/core/one_line.h"
#include "saccade/op/cuda/cuda_plugin.h"

namespace saccade {
namespace {

int parse_index(const std::string& name) {
  if (const auto index = cuda_index(name)) return *index;
  throw UsageError(text_of("--device ", name, ": expected auto, cpu, cuda or cuda:N"));
}

// The thread's device from now on: what names none, such as pinned memory and streams, otherwise belongs to the
// first GPU, for every rank. Says why it cannot be.
std::string make_current(at::Device device) {
  try {
    c10::impl::VirtualGuardImpl(device.type()).setDevice(device);
  } catch (const c10::Error& error) {
    return text_of(device.str(), " does not start: ", first_line(error.what_without_backtrace()));
  }
  return "";
}

OpenedDevice open(const std::string& name, int local_rank, bool is_current) {
  if (name == "cpu") return {};
  const bool is_auto = name == "auto";
  int index = is_auto ? -1 : parse_index(name);
  const GpuProbe probe = probe_gpus();
  const int count = static_cast<int>(probe.gpus.size());
  if (is_auto && count == 0) return {};
  std::string problem = probe.problem;
  if (index < 0) index = local_rank;
  if (problem.empty() && index >= count)
    problem = text_of("there ", count == 1 ? "is 1 device" : text_of("are ", count, " devices"),
                      ", counted from 0");
  if (problem.empty()) problem = why_not_usable(probe, probe.gpus[static_cast<std::size_t>(index)]);
  if (problem.empty()) problem = load_cuda_plugin();
  const at::Device device(at::kCUDA, static_cast<at::DeviceIndex>(index));
  if (problem.empty() && is_current) problem = make_current(device);
  if (problem.empty()) return {device, ""};
  if (is_auto) return {at::Device(at::kCPU), "computing on the CPU: " + problem};
  throw Error(text_of("--device ", name, ": ", problem));
}

}  // namespace

OpenedDevice open_device(const std::string& name, int local_rank) {
  return open(name, local_rank, /*is_current=*/true);
}

std::vector<at::Device> usable_devices() {
  std::vector<at::Device> devices{at::Device(at::kCPU)};
  const auto count = static_cast<int>(probe_gpus().gpus.size());
  for (int i = 0; i < count; ++i) {
    const OpenedDevice opened = open("auto", i, /*is_current=*/false);
    if (opened.device.is_cuda()) devices.push_back(opened.device);
  }
  return devices;
}

}  // namespace saccade
