// The backends of c10d by kind of device.
#include "saccade/dist/device_backend.h"

#include <dlfcn.h>

#include <map>

namespace saccade {
namespace {

std::map<at::DeviceType, DeviceBackend>& registered() {
  static std::map<at::DeviceType, DeviceBackend> backends;
  return backends;
}

}  // namespace

void register_device_backend(at::DeviceType type, const DeviceBackend& backend) {
  registered()[type] = backend;
}

const DeviceBackend* find_device_backend(at::DeviceType type) {
  if (const auto found = registered().find(type); found != registered().end())
    return &found->second;
  const std::string name =
      "saccade_device_backend_" + c10::DeviceTypeName(type, /*lower_case=*/true);
  using Function = const DeviceBackend* (*)();
  const auto function = reinterpret_cast<Function>(::dlsym(RTLD_DEFAULT, name.c_str()));
  return function == nullptr ? nullptr : function();
}

}  // namespace saccade
