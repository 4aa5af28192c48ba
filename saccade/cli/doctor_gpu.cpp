// Asks the driver, compares, and tries the plug-in.
#include "saccade/cli/doctor_gpu.h"

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>

#include "saccade/core/cuda_build.h"
#include "saccade/core/error.h"
#include "saccade/core/gpu_probe.h"

namespace saccade {
namespace {

std::string cuda_version(int version) { return text_of(version / 1000, ".", version % 1000 / 10); }

// What the loader says of the plug-in; empty: it loads. In a child: LibTorch's CUDA is half a gigabyte, and what
// it prints or breaks stays there.
std::string loading_problem(const std::filesystem::path& plugin) {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) return "no pipe for the child that would try";
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipe[0]);
    const bool loads = ::dlopen(plugin.c_str(), RTLD_NOW) != nullptr;
    const std::string text = loads ? "" : ::dlerror();
    const auto written = ::write(pipe[1], text.data(), text.size());
    ::_exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  ::close(pipe[1]);
  std::string text;
  std::array<char, 512> part{};
  for (ssize_t got = 0; (got = ::read(pipe[0], part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(got));
  ::close(pipe[0]);
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return "the child that tried was lost";
  if (text.empty() && status != 0) return "a process that loads it ends with an error";
  return text;
}

Finding kernels_of_build() {
  if (cuda_plugin().empty()) return {"CUDA kernels", "none in this build"};
  return {"CUDA kernels", text_of(cuda_plugin().string(), ", for ", cuda_architectures())};
}

Finding look_at(const GpuProbe& probe, const Gpu& gpu, std::size_t index) {
  Finding finding{text_of("GPU ", index), text_of(gpu.name, ", ", gpu.architecture(), ", ",
                                                  (gpu.memory_bytes + (1 << 29)) >> 30, " GiB")};
  finding.advice = why_not_usable(probe, gpu);
  finding.fine = finding.advice.empty();
  return finding;
}

Finding libraries() {
  const std::string problem = loading_problem(cuda_plugin());
  if (problem.empty()) return {"CUDA libraries", "found"};
  return {"CUDA libraries", problem, false, "run make setup-full, which installs LibTorch's own"};
}

}  // namespace

std::vector<Finding> look_at_gpus() {
  const GpuProbe probe = probe_gpus();
  if (probe.gpus.empty()) {
    // With a driver, or a device without one, somebody wants a GPU: what keeps it away is worth a complaint.
    std::error_code ignored;
    const bool wanted =
        probe.driver_version > 0 || std::filesystem::exists("/dev/nvidia0", ignored);
    return {wanted ? Finding{"GPU", "not usable", false, probe.problem}
                   : Finding{"GPU", "none; computing on the CPU: " + probe.problem},
            kernels_of_build()};
  }
  std::vector<Finding> findings{
      {"NVIDIA driver", text_of("for CUDA ", cuda_version(probe.driver_version))}};
  bool any_fine = false;
  for (std::size_t i = 0; i < probe.gpus.size(); ++i) {
    findings.push_back(look_at(probe, probe.gpus[i], i));
    any_fine = any_fine || findings.back().fine;
  }
  findings.push_back(kernels_of_build());
  if (any_fine) findings.push_back(libraries());
  return findings;
}

}  // namespace saccade
