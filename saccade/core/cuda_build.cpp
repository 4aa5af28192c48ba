// Finds the CUDA plug-in and compares what it is built for with what is there.
#include "saccade/core/cuda_build.h"

#include <dlfcn.h>

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

// Of the shared library that holds this code, such as a Python module; empty where that is the program, whose name may
// be a relative one.
fs::path own_folder() {
  static const char kHere = 0;
  Dl_info info{};
  if (::dladdr(&kHere, &info) == 0 || info.dli_fname == nullptr) return {};
  const fs::path file = info.dli_fname;
  return file.is_absolute() ? file.parent_path() : fs::path();
}

}  // namespace

fs::path cuda_plugin() {
  constexpr const char* kFile = "libsaccade_cuda.so";
  if (const char* chosen = std::getenv("SACCADE_CUDA_PLUGIN"); chosen != nullptr) return chosen;
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  // First beside this code, which in Python is not where the program, the interpreter, lies.
  for (const fs::path& place : {own_folder() / kFile, folder / kFile,
                                folder.parent_path() / "libexec" / "saccade" / kFile}) {
    if (place.is_absolute() && fs::exists(place, error)) return place;
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
