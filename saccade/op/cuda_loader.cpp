// Opens the CUDA plug-in.
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>

#include "saccade/core/cuda_build.h"
#include "saccade/core/error.h"
#include "saccade/op/cuda/cuda_plugin.h"

namespace saccade {
namespace {

struct Loaded {
  const CudaPlugin* table = nullptr;
  std::string problem;
};

Loaded open_plugin() {
  const auto path = cuda_plugin();
  if (path.empty()) return {.problem = no_cuda_build()};
  // Global: LibTorch looks for its CUDA part among what the whole process has loaded.
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    const std::string why = ::dlerror();
    return {.problem = why + (why.find("cannot open shared object") != std::string::npos
                                  ? "; `make setup-full` installs CUDA's libraries"
                                  : "")};
  }
  const auto entry = reinterpret_cast<CudaPluginEntry>(::dlsym(library, kCudaPluginEntry));
  if (entry == nullptr) return {.problem = text_of(path.string(), ": is no plug-in of saccade")};
  const CudaPlugin* const table = entry();
  if (std::string(table->version) != SACCADE_VERSION) {
    return {.problem = text_of(path.string(), ": is of version ", table->version, ", this is ",
                               SACCADE_VERSION, "; build both together")};
  }
  // It looks once, and keeps what it found: too early, and it says of every GPU that there is none.
  if (!at::detail::getCUDAHooks().hasCuDNN())
    return {.problem =
                "LibTorch was asked of CUDA (at::manual_seed does) before a device was opened"};
  return {.table = table};
}

const Loaded& loaded() {
  static const Loaded kLoaded = open_plugin();
  return kLoaded;
}

}  // namespace

const std::string& load_cuda_plugin() { return loaded().problem; }

const CudaPlugin& cuda_plugin_table() {
  if (loaded().table == nullptr) throw Error("CUDA: " + loaded().problem);
  return *loaded().table;
}

}  // namespace saccade
