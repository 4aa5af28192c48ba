// Asks libcuda.so.1, which comes with the driver, through the few functions that a question needs.
#include "saccade/core/gpu_probe.h"

#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "saccade/core/error.h"
#include "saccade/core/parse_number.h"

namespace saccade {
namespace {

// CUDA's driver interface, which is stable: types and numbers as in cuda.h.
using Device = int;
using Status = int;
constexpr int kMajor = 75, kMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_*
constexpr Status kSuccess = 0, kNoDevice = 100;

class Driver {
 public:
  Driver() : library_(::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr) return;
    find(init, "cuInit");
    find(version, "cuDriverGetVersion");
    find(count, "cuDeviceGetCount");
    find(get, "cuDeviceGet");
    find(name, "cuDeviceGetName");
    find(attribute, "cuDeviceGetAttribute");
    find(memory, "cuDeviceTotalMem_v2");
  }
  // Stays loaded: LibTorch uses the same library, and it keeps state.

  bool is_loaded() const { return library_ != nullptr; }
  bool is_whole() const { return is_whole_; }

  Status (*init)(unsigned) = nullptr;
  Status (*version)(int*) = nullptr;
  Status (*count)(int*) = nullptr;
  Status (*get)(Device*, int) = nullptr;
  Status (*name)(char*, int, Device) = nullptr;
  Status (*attribute)(int*, int, Device) = nullptr;
  Status (*memory)(std::size_t*, Device) = nullptr;

 private:
  template <typename Function>
  void find(Function& function, const char* symbol) {
    function = reinterpret_cast<Function>(::dlsym(library_, symbol));
    is_whole_ = is_whole_ && function != nullptr;
  }

  void* library_;
  bool is_whole_ = true;
};

std::string without_driver() {
  std::error_code ignored;
  if (std::filesystem::exists("/dev/nvidia0", ignored))
    return "/dev/nvidia0 is there, but libcuda.so.1 is not: install the driver's libraries "
           "(libcuda1), or start the container with NVIDIA_DRIVER_CAPABILITIES=compute,utility";
  return "no NVIDIA driver (libcuda.so.1 is not found)";
}

std::string why_init_failed(Status status, int version) {
  const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (status == kNoDevice) {
    return visible != nullptr
               ? text_of("CUDA_VISIBLE_DEVICES='", visible, "' leaves no device to see")
               : std::string("the NVIDIA driver finds no device");
  }
  return text_of("the NVIDIA driver (CUDA ", version / 1000, ".", version % 1000 / 10,
                 ") does not start: error ", status,
                 "; `nvidia-smi` may say more, a reboot mends a driver that was just updated");
}

Gpu look_at(const Driver& driver, int index) {
  Gpu gpu;
  Device device = 0;
  if (driver.get(&device, index) != kSuccess) return gpu;
  std::array<char, 256> name{};
  driver.name(name.data(), static_cast<int>(name.size()) - 1, device);
  gpu.name = name.data();
  driver.attribute(&gpu.major, kMajor, device);
  driver.attribute(&gpu.minor, kMinor, device);
  std::size_t bytes = 0;
  driver.memory(&bytes, device);
  gpu.memory_bytes = static_cast<std::int64_t>(bytes);
  return gpu;
}

}  // namespace

std::string Gpu::architecture() const { return text_of("sm_", major, minor); }

GpuProbe probe_gpus() {
  static const Driver driver;
  GpuProbe probe;
  if (!driver.is_loaded()) {
    probe.problem = without_driver();
    return probe;
  }
  if (!driver.is_whole()) {
    probe.problem = "libcuda.so.1 lacks functions of CUDA 3.2 and later; is it NVIDIA's?";
    return probe;
  }
  driver.version(&probe.driver_version);
  int count = 0;
  Status status = driver.init(0);
  if (status == kSuccess) status = driver.count(&count);
  if (status == kSuccess && count == 0) status = kNoDevice;
  if (status != kSuccess) {
    probe.problem = why_init_failed(status, probe.driver_version);
    return probe;
  }
  for (int i = 0; i < count; ++i) probe.gpus.push_back(look_at(driver, i));
  return probe;
}

std::optional<int> cuda_index(const std::string& name) {
  constexpr std::string_view kPrefix = "cuda:";
  if (name == "cuda") return -1;
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const auto index = parse_number<int>(std::string_view(name).substr(kPrefix.size()));
  return index && *index >= 0 ? index : std::nullopt;
}

bool runs_on(const std::string& architectures, const Gpu& gpu) {
  constexpr const char* kPtx = "+PTX";
  const int wanted = 10 * gpu.major + gpu.minor;
  std::istringstream list(architectures);
  for (std::string entry; std::getline(list, entry, ',');) {
    const int built = std::atoi(entry.c_str());
    const bool is_ptx = entry.ends_with(kPtx);
    const bool same_major = built / 10 == gpu.major;
    if (built > 0 && wanted >= built && (is_ptx || same_major)) return true;
  }
  return false;
}

}  // namespace saccade
