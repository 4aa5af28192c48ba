// Registers the strict device: its tensors, copies, guard and autocast rules. Its operators are in
// strict_operators.cpp.
#include "tests/support/strict_device.h"

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/autocast_mode.h>
#include <ATen/native/Resize.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/set_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <cstdlib>
#include <functional>
#include <mutex>

#include "tests/support/strict_memory.h"
#include "tests/support/strict_operators.h"

namespace saccade {
namespace {

using at::Tensor;

// ---- copies that were not waited for ----

std::mutex& lock_of_copies() {
  static std::mutex lock;
  return lock;
}

std::vector<std::function<void()>>& late_copies() {
  static std::vector<std::function<void()>> copies;
  return copies;
}

void finish_copies() {
  const std::lock_guard guard(lock_of_copies());
  for (const auto& copy : late_copies()) copy();
  late_copies().clear();
}

void copy_later(const Tensor& from, const Tensor& to) {
  const StrictAlias source(from);
  const Tensor snapshot = source.tensor().clone();
  if (to.is_non_overlapping_and_dense())
    std::memset(to.mutable_data_ptr(), 0xFF, to.numel() * to.element_size());
  const std::lock_guard guard(lock_of_copies());
  late_copies().push_back([snapshot, to] { to.copy_(snapshot); });
}

// ---- the guard ----

struct StrictGuard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return c10::DeviceType::PrivateUse1; }
  c10::Device exchangeDevice(c10::Device) const override { return strict_device(); }
  c10::Device getDevice() const override { return strict_device(); }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device) const override { return stream(); }
  c10::Stream getDefaultStream(c10::Device) const override { return stream(); }
  c10::Stream getStreamFromGlobalPool(c10::Device, bool) const override { return stream(); }
  c10::Stream getNewStream(c10::Device, int) const override { return stream(); }
  c10::Stream exchangeStream(c10::Stream) const override { return stream(); }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  void record(void** event, const c10::Stream&, c10::DeviceIndex, c10::EventFlag) const override {
    static int an_event = 0;
    *event = &an_event;
  }
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override { wait(); }
  void synchronizeEvent(void*) const override { wait(); }
  void synchronizeDevice(c10::DeviceIndex) const override { wait(); }
  double elapsedTime(void*, void*, c10::DeviceIndex) const override { return 1; }  // millisecond

 private:
  static c10::Stream stream() { return c10::Stream(c10::Stream::DEFAULT, strict_device()); }
  static void wait() {
    count_strict_wait(&StrictWaits::events);
    finish_copies();
  }
};

C10_REGISTER_GUARD_IMPL(PrivateUse1, StrictGuard)

// ---- tensors ----

constexpr c10::DispatchKeySet kKeys(c10::DispatchKey::PrivateUse1);

Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> type, std::optional<at::Layout>,
             std::optional<at::Device>, std::optional<bool>,
             std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, strict_allocator(), kKeys, type.value_or(at::kFloat),
                                   format);
}

Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride,
                     std::optional<at::ScalarType> type, std::optional<at::Layout>,
                     std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, strict_allocator(), kKeys,
                                           type.value_or(at::kFloat));
}

// LibTorch's CPU kernel moves bytes by itself; here new memory is taken and old bytes are dropped, which
// only outputs are resized for.
const Tensor& resize(const Tensor& self, at::IntArrayRef size,
                     std::optional<at::MemoryFormat> format) {
  auto* impl = self.unsafeGetTensorImpl();
  impl->set_sizes_contiguous(size);
  if (format && *format != at::MemoryFormat::Preserve) impl->empty_tensor_restride(*format);
  const auto bytes = (impl->numel() + impl->storage_offset()) * self.element_size();
  const c10::Storage& storage = impl->storage();
  if (static_cast<std::size_t>(bytes) > storage.nbytes()) {
    storage.unsafeGetStorageImpl()->set_data_ptr_noswap(strict_allocator()->allocate(bytes));
    storage.unsafeGetStorageImpl()->set_nbytes(bytes);
  }
  return self;
}

Tensor copy_from(const Tensor& from, const Tensor& to, bool non_blocking) {
  if (to.is_cpu() && non_blocking) {
    copy_later(from, to);
    return to;
  }
  if (to.is_cpu()) {
    count_strict_wait(&StrictWaits::downloads);
    finish_copies();
  } else if (from.is_cpu()) {
    count_strict_wait(non_blocking ? &StrictWaits::sent : &StrictWaits::uploads);
  }
  const StrictAlias source(from), target(to);
  target.tensor().copy_(source.tensor());
  return to;
}

Tensor copy_from_and_resize(const Tensor& from, const Tensor& to) {
  if (to.sizes() != from.sizes()) to.resize_(from.sizes());
  return copy_from(from, to, false);
}

// All its streams are one.
void record_stream(Tensor&, c10::Stream) {}

at::Scalar item(const Tensor& self) {
  count_strict_wait(&StrictWaits::items);
  const StrictAlias alias(self);
  return alias.tensor().item();
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", &empty);
  m.impl("empty_strided", &empty_strided);
  m.impl("resize_", &resize);
  m.impl("_copy_from", &copy_from);
  m.impl("_copy_from_and_resize", &copy_from_and_resize);
  m.impl("_local_scalar_dense", &item);
  m.impl("record_stream", &record_stream);
  m.impl("as_strided", &at::native::as_strided_tensorimpl);
  m.impl("view", &at::native::view);
  m.impl("_reshape_alias", &at::native::_reshape_alias);
  m.impl("unfold", &at::native::unfold);
  m.impl("set_.source_Storage_storage_offset", &at::native::set_storage_cpu_);
}

// ---- autocast: CUDA's lists, as LibTorch's autocast_mode.cpp registers them for CUDA ----

TORCH_LIBRARY_IMPL(_, AutocastPrivateUse1, m) { m.fallback(torch::CppFunction::makeFallthrough()); }

TORCH_LIBRARY_IMPL(aten, AutocastPrivateUse1, m) {
#define SACCADE_LOWER(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, lower_precision_fp)
#define SACCADE_FP32(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, fp32)
#define SACCADE_FP32_TYPE(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, fp32_set_opt_dtype)
#define SACCADE_PROMOTE(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, promote)
  AT_FORALL_LOWER_PRECISION_FP(SACCADE_LOWER)
  AT_FORALL_FP32(SACCADE_FP32)
  AT_FORALL_FP32_SET_OPT_DTYPE(SACCADE_FP32_TYPE)
  AT_FORALL_PROMOTE(SACCADE_PROMOTE)
  KERNEL_PRIVATEUSEONE(cat, promote)
  KERNEL_PRIVATEUSEONE(stack, promote)
#undef SACCADE_LOWER
#undef SACCADE_FP32
#undef SACCADE_FP32_TYPE
#undef SACCADE_PROMOTE
}

// The device computes layer by layer, with the CPU's kernels; so does the CPU that its bits are compared with.
[[maybe_unused]] const int kLayerByLayer = ::setenv("SACCADE_FUSED_LAYERS", "off", 1);

}  // namespace
}  // namespace saccade
