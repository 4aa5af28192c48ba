// Every operator of the strict device: checked as CUDA checks, then run by the CPU's kernel.
#include "tests/support/strict_operators.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include <deque>
#include <mutex>
#include <set>
#include <sstream>

namespace saccade {
namespace {

using at::Tensor;
using c10::IValue;
using torch::jit::Stack;

struct Counted {
  std::mutex lock;
  StrictWaits waits;
};

Counted& counted() {
  static Counted all;
  return all;
}

bool is_strict(const Tensor& t) { return t.defined() && t.is_privateuseone(); }

// ---- what CUDA refuses ----

// Arguments that may lie on the CPU: indices, which CUDA copies, and sizes by contract.
bool may_be_on_cpu(const std::string& op, const std::string& argument) {
  static const std::set<std::string> kIndexed{"aten::index", "aten::index_put", "aten::index_put_",
                                              "aten::_index_put_impl_"};
  if (argument == "indices") return kIndexed.contains(op);
  return op.starts_with("saccade::ms_deform_attn") && argument == "spatial_shapes";
}

void check_device(const Tensor& tensor, const std::string& op, const c10::Argument& argument) {
  if (!tensor.defined() || is_strict(tensor)) return;
  const bool written = argument.alias_info() != nullptr && argument.alias_info()->isWrite();
  if (tensor.is_cpu() && tensor.dim() == 0 && !written) return;
  if (may_be_on_cpu(op, argument.name())) {
    if (argument.name() == "indices") count_strict_wait(&StrictWaits::uploads);  // CUDA copies them
    return;
  }
  TORCH_CHECK(false, op, ": expected all tensors to be on the same device, but ", argument.name(),
              " ", tensor.sizes(), " is on ", tensor.device(), " and others are on ",
              strict_device());
}

// CUDA has to know how many elements are chosen before it can make the result.
bool counts_elements(const std::string& op, const Tensor& argument, const std::string& name) {
  if (name == "indices")  // aten::index calls nonzero itself
    return op != "aten::index" && argument.scalar_type() == at::kBool;
  return name == "self" && (op == "aten::nonzero" || op == "aten::masked_select" ||
                            op == "aten::_unique2" || op == "aten::unique_dim");
}

// ---- one call ----

class Call {
 public:
  Call(const c10::OperatorHandle& op, Stack& stack)
      : op_(op), schema_(op.schema()), stack_(stack), first_(stack.size() - argument_count()) {}

  void run() {
    if (schema_.name() == "aten::equal") count_strict_wait(&StrictWaits::items);
    given_.assign(stack_.begin() + static_cast<std::ptrdiff_t>(first_), stack_.end());
    for (std::size_t i = 0; i < argument_count(); ++i)
      stack_[first_ + i] = on_cpu(given_[i], schema_.arguments()[i]);
    op_.callBoxed(stack_);
    std::vector<IValue> results;
    for (std::size_t i = 0; i < schema_.returns().size(); ++i)
      results.push_back(given_back(stack_[first_ + i], schema_.returns()[i]));
    for (std::size_t i = 0; i < argument_count(); ++i) finish_resized(i);
    stack_.resize(first_);
    for (IValue& result : results) stack_.push_back(std::move(result));
  }

 private:
  std::size_t argument_count() const { return schema_.arguments().size(); }

  Tensor alias_of(const Tensor& tensor, const c10::Argument& argument) {
    check_device(tensor, schema_.name(), argument);
    if (tensor.defined() && counts_elements(schema_.name(), tensor, argument.name()))
      count_strict_wait(&StrictWaits::counts);
    if (!is_strict(tensor)) return tensor;
    // An output that has no size yet gets it from the CPU's kernel.
    const bool written = argument.alias_info() != nullptr && argument.alias_info()->isWrite();
    if (written && tensor.numel() == 0)
      return at::empty(tensor.sizes(), tensor.options().device(at::kCPU));
    aliases_.emplace_back(tensor);
    return aliases_.back().tensor();
  }

  IValue on_cpu(const IValue& value, const c10::Argument& argument) {
    if (value.isTensor()) return alias_of(value.toTensor(), argument);
    if (value.isNone() && argument.name() == "generator") return strict_generator();
    if (value.isDevice()) return c10::Device(at::kCPU);
    if (value.isTensorList()) {
      c10::List<Tensor> list;
      for (const Tensor& tensor : value.toTensorVector())
        list.push_back(alias_of(tensor, argument));
      return list;
    }
    if (value.isOptionalTensorList()) {
      c10::List<std::optional<Tensor>> list;
      for (const std::optional<Tensor>& tensor : value.toOptionalTensorVector())
        list.push_back(tensor ? std::optional(alias_of(*tensor, argument)) : std::nullopt);
      return list;
    }
    return value;
  }

  // The argument that a result is, by the schema's letters; -1 where it is new.
  int argument_behind(const c10::Argument& result) const {
    const c10::AliasInfo* wanted = result.alias_info();
    if (wanted == nullptr) return -1;
    for (std::size_t i = 0; i < argument_count(); ++i) {
      const c10::AliasInfo* info = schema_.arguments()[i].alias_info();
      if (info != nullptr && info->beforeSets() == wanted->beforeSets()) return static_cast<int>(i);
    }
    TORCH_CHECK(false, "strict device: ", schema_.name(), " returns a view; register it natively");
  }

  IValue given_back(const IValue& value, const c10::Argument& result) const {
    if (const int i = argument_behind(result); i >= 0) return given_[static_cast<std::size_t>(i)];
    if (value.isTensor()) return moved(value.toTensor());
    if (value.isTensorList()) {
      c10::List<Tensor> list;
      for (const Tensor& tensor : value.toTensorVector()) list.push_back(moved(tensor));
      return list;
    }
    return value;
  }

  static Tensor moved(const Tensor& on_cpu) {
    if (!on_cpu.defined()) return on_cpu;
    const Tensor tensor = at::empty_strided(on_cpu.sizes(), on_cpu.strides(),
                                            on_cpu.options().device(strict_device()));
    const StrictAlias alias(tensor);
    alias.tensor().copy_(on_cpu);
    return tensor;
  }

  void finish_resized(std::size_t i) {
    const c10::AliasInfo* info = schema_.arguments()[i].alias_info();
    if (info == nullptr || !info->isWrite() || !given_[i].isTensor()) return;
    const Tensor& target = given_[i].toTensor();
    if (!is_strict(target) || target.numel() > 0) return;
    // The kernel's tensor is gone from the stack; results of out= operators are these, in order.
    const Tensor& computed = stack_[first_ + result_of(i)].toTensor();
    if (computed.numel() == 0 && computed.sizes() == target.sizes()) return;
    target.resize_(computed.sizes());
    const StrictAlias alias(target);
    alias.tensor().copy_(computed);
  }

  std::size_t result_of(std::size_t argument) const {
    for (std::size_t r = 0; r < schema_.returns().size(); ++r) {
      if (argument_behind(schema_.returns()[r]) == static_cast<int>(argument)) return r;
    }
    TORCH_CHECK(false, "strict device: ", schema_.name(), " resizes what it does not return");
  }

  const c10::OperatorHandle& op_;
  const c10::FunctionSchema& schema_;
  Stack& stack_;
  const std::size_t first_;
  std::vector<IValue> given_;
  std::deque<StrictAlias> aliases_;
};

void run_on_cpu(const c10::OperatorHandle& op, Stack* stack) { Call(op, *stack).run(); }

// The CPU's kernel takes no float16, CUDA's does.
Tensor ms_deform_attn_half(const Tensor& value, const Tensor& shapes, const Tensor& locations,
                           const Tensor& weights) {
  static const auto op =
      c10::Dispatcher::singleton().findSchemaOrThrow("saccade::ms_deform_attn", "");
  const bool half = is_strict(value) && value.scalar_type() == at::kHalf;
  Stack stack{half ? value.to(at::kFloat) : value, shapes, locations, weights};
  run_on_cpu(op, &stack);
  const Tensor out = stack[0].toTensor();
  return half ? out.to(at::kHalf) : out;
}

// LibTorch has a convolution for devices of others, which it cannot run itself.
Tensor convolution(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias,
                   at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
                   bool transposed, at::IntArrayRef output_padding, std::int64_t groups) {
  for (const Tensor* t : {&input, &weight})
    TORCH_CHECK(is_strict(*t), "aten::convolution: expected all tensors to be on the same device");
  TORCH_CHECK(!bias || !bias->defined() || is_strict(*bias),
              "aten::convolution: expected all tensors to be on the same device, bias is not");
  const StrictAlias x(input), w(weight), b(bias.value_or(Tensor()));
  const Tensor out = at::convolution(
      x.tensor(), w.tensor(), b.tensor().defined() ? std::optional(b.tensor()) : std::nullopt,
      stride, padding, dilation, transposed, output_padding, groups);
  const Tensor result =
      at::empty_strided(out.sizes(), out.strides(), out.options().device(strict_device()));
  const StrictAlias target(result);
  target.tensor().copy_(out);
  return result;
}

std::tuple<Tensor, Tensor, Tensor> convolution_backward(
    const Tensor& grad, const Tensor& input, const Tensor& weight, at::IntArrayRef stride,
    at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
    at::IntArrayRef output_padding, std::int64_t groups, std::array<bool, 3> wanted) {
  const StrictAlias g(grad), x(input), w(weight);
  const auto channels = std::vector<std::int64_t>{grad.size(1)};
  auto [in_input, in_weight, in_bias] = at::convolution_backward(
      g.tensor(), x.tensor(), w.tensor(), at::OptionalIntArrayRef(channels), stride, padding,
      dilation, transposed, output_padding, groups, wanted);
  for (Tensor* t : {&in_input, &in_weight, &in_bias}) {
    if (t->defined()) *t = t->to(strict_device(), /*non_blocking=*/true);
  }
  return {in_input, in_weight, in_bias};
}

// The CPU's kernel draws from the CPU's generator.
std::tuple<Tensor, Tensor> native_dropout(const Tensor& input, double p,
                                          std::optional<bool> train) {
  if (train && !*train)
    return {input.clone(), at::ones_like(input, input.options().dtype(at::kBool))};
  const Tensor mask = at::empty_like(input, input.options().dtype(at::kBool)).bernoulli_(1 - p);
  return {input * mask * (1 / (1 - p)), mask};
}

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) {
  m.fallback(torch::CppFunction::makeFromBoxedFunction<&run_on_cpu>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("native_dropout", &native_dropout);
  m.impl("convolution_overrideable", &convolution);
  m.impl("convolution_backward_overrideable", &convolution_backward);
  // These have a formula for devices without a kernel; CUDA has one, and the CPU's gives the CPU's bits.
  for (const char* name : {"native_layer_norm", "native_layer_norm_backward", "native_group_norm",
                           "native_group_norm_backward"})
    m.impl(name, torch::CppFunction::makeFromBoxedFunction<&run_on_cpu>());
}

TORCH_LIBRARY_IMPL(saccade, PrivateUse1, m) { m.impl("ms_deform_attn", &ms_deform_attn_half); }

}  // namespace

void count_strict_wait(std::int64_t StrictWaits::*kind) {
  const std::lock_guard guard(counted().lock);
  ++(counted().waits.*kind);
}

StrictWaits strict_waits() {
  const std::lock_guard guard(counted().lock);
  return counted().waits;
}

void reset_strict_waits() {
  const std::lock_guard guard(counted().lock);
  counted().waits = {};
}

std::string StrictWaits::text() const {
  std::ostringstream out;
  out << items << " numbers read, " << downloads << " downloads, " << uploads << " uploads, "
      << counts << " counts, " << events << " events, " << sent << " sent";
  return out.str();
}

StrictAlias::StrictAlias(const Tensor& tensor) : alias_(tensor) {
  if (!is_strict(tensor)) return;
  const c10::Storage& storage = tensor.storage();
  void* base = storage.unsafeGetStorageImpl()->mutable_data_ptr().get();
  open_.emplace(base);
  c10::Storage bytes(c10::Storage::use_byte_size_t(), storage.nbytes(),
                     c10::DataPtr(base, at::Device(at::kCPU)), nullptr, false);
  alias_ = at::detail::make_tensor<c10::TensorImpl>(
      std::move(bytes), c10::DispatchKeySet(c10::DispatchKey::CPU), tensor.dtype());
  alias_.unsafeGetTensorImpl()->set_storage_offset(tensor.storage_offset());
  alias_.unsafeGetTensorImpl()->set_sizes_and_strides(tensor.sizes(), tensor.strides());
}

}  // namespace saccade
