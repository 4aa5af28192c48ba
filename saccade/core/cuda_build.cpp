// Finds the CUDA plug-in and compares what it is built for with what is there.
#include "saccade/core/cuda_build.h"

#include <cstdlib>

#include "saccade/core/error.h"

#ifndef SACCADE_CUDA_ARCHITECTURES
#define SACCADE_CUDA_ARCHITECTURES ""
#endif

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr int kCudaVersion =
    13000;  // of the LibTorch that is pinned; drivers run what is not newer

}  // namespace

fs::path cuda_plugin() {
  constexpr const char* kFile = "libsaccade_cuda.so";
  if (const char* chosen = std::getenv("SACCADE_CUDA_PLUGIN"); chosen != nullptr) return chosen;
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& place :
       {folder / kFile, folder.parent_path() / "libexec" / "saccade" / kFile}) {
    if (fs::exists(place, error)) return place;
  }
  return {};
}

std::string cuda_architectures() { return SACCADE_CUDA_ARCHITECTURES; }

std::string no_cuda_build() {
  return "this build has no CUDA kernels; `make build SACCADE_CUDA=on` compiles them";
}

std::string why_not_usable(const GpuProbe& probe, const Gpu& gpu) {
  if (cuda_plugin().empty()) return no_cuda_build();
  if (probe.driver_version / 1000 < kCudaVersion / 1000) {
    return text_of("the NVIDIA driver knows CUDA ", probe.driver_version / 1000, ".",
                   probe.driver_version % 1000 / 10, ", these kernels want ", kCudaVersion / 1000,
                   ".0: install driver 580 or newer");
  }
  if (!runs_on(cuda_architectures(), gpu)) {
    return text_of(gpu.name, " is ", gpu.architecture(), ", the kernels are compiled for ",
                   cuda_architectures(), "; build again with CUDA_ARCHITECTURES=", gpu.major,
                   gpu.minor);
  }
  return "";
}

}  // namespace saccade
