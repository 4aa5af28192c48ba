// What of CUDA this build holds, as far as it can be told without loading it.
#pragma once

#include <filesystem>
#include <string>

#include "saccade/core/gpu_probe.h"

namespace saccade {

// The plug-in with the CUDA kernels: SACCADE_CUDA_PLUGIN, or libsaccade_cuda.so beside the program or in
// libexec/saccade beside its folder, or beside the shared library that holds this code. Empty: there is none.
std::filesystem::path cuda_plugin();

// What its kernels were compiled for, such as "80,89,90,90+PTX"; empty in a build without CUDA.
std::string cuda_architectures();

// Says that this build has no CUDA kernels, and how to get them.
std::string no_cuda_build();

// Why the kernels cannot run on this device: no plug-in, no code for its architecture, a driver older than
// the CUDA they are built with. Empty: they can.
std::string why_not_usable(const GpuProbe& probe, const Gpu& gpu);

}  // namespace saccade
