// What LibTorch asks of an accelerator as a whole: its name, that it is there, memory for fast copies.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/DeviceType.h>

#include <cstdlib>
#include <mutex>
#include <set>

#include "tests/support/strict_operators.h"

namespace saccade {
namespace {

std::mutex& lock_of_pinned() {
  static std::mutex lock;
  return lock;
}

std::set<const void*>& pinned() {
  static auto* all = new std::set<const void*>;
  return *all;
}

void release(void* memory) {
  {
    const std::lock_guard guard(lock_of_pinned());
    pinned().erase(memory);
  }
  std::free(memory);
}

// Plain memory that remembers that it is "pinned".
struct PinnedAllocator final : c10::Allocator {
  c10::DataPtr allocate(std::size_t bytes) override {
    void* memory = std::malloc(std::max<std::size_t>(bytes, 1));
    TORCH_CHECK(memory != nullptr, "strict device: no memory for ", bytes, " bytes");
    const std::lock_guard guard(lock_of_pinned());
    pinned().insert(memory);
    return {memory, memory, &release, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t count) const override {
    default_copy_data(to, from, count);
  }
};

struct StrictHooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return 1; }
  void setCurrentDevice(c10::DeviceIndex) const override {}
  c10::DeviceIndex getCurrentDevice() const override { return 0; }
  c10::DeviceIndex exchangeDevice(c10::DeviceIndex) const override { return 0; }
  c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex) const override { return 0; }
  const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override {
    return strict_generator();
  }
  at::Device getDeviceFromPtr(void*) const override { return strict_device(); }
  bool isPinnedPtr(const void* memory) const override {
    const std::lock_guard guard(lock_of_pinned());
    return pinned().contains(memory);
  }
  at::Allocator* getPinnedMemoryAllocator() const override {
    static PinnedAllocator allocator;
    return &allocator;
  }
};

const bool kRegistered = [] {
  c10::register_privateuse1_backend("strict");
  at::RegisterPrivateUse1HooksInterface(new StrictHooks);
  return true;
}();

}  // namespace

const at::Generator& strict_generator() {
  static const at::Generator generator = at::detail::createCPUGenerator();
  return generator;
}

}  // namespace saccade
