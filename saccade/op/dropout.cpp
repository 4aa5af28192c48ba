// Dropout from a seed.
#include "saccade/op/dropout.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Dispatch.h>
#include <ATen/OpMathType.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <mutex>

#include "saccade/op/parallel_parts.h"

namespace saccade {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kGrain = 1 << 15;
constexpr std::int64_t kLanes = 4;  // elements that share one 64-bit number, 16 bits each

struct Drop {
  std::uint64_t seed = 0;
  std::uint64_t below = 0;  // an element falls where its 16 bits are below this
  double scale = 1;         // of those that stay
};

void check(double probability) {
  TORCH_CHECK(probability >= 0 && probability < 1, "dropout: the probability is ", probability,
              ", expected 0 or more and below 1");
}

void check_first_order() {
  TORCH_CHECK(!at::GradMode::is_enabled(), "dropout is differentiable once; its gradient is not");
}

Drop draw(double probability) {
  constexpr double kSteps = 65536;
  auto* generator = at::get_generator_or_default<at::CPUGeneratorImpl>(
      std::nullopt, at::detail::getDefaultCPUGenerator());
  const std::lock_guard<std::mutex> lock(generator->mutex_);
  return {.seed = generator->random64(),
          .below = static_cast<std::uint64_t>(std::lround(probability * kSteps)),
          .scale = 1 / (1 - probability)};
}

// The finaliser of splitmix64 (Steele et al. 2014) over a counter.
inline std::uint64_t bits_of(std::uint64_t seed, std::int64_t block) {
  std::uint64_t z = seed + static_cast<std::uint64_t>(block) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

// store(i, factor) for every element: 0 where it falls, `scale` where it stays.
template <typename T, typename Store>
void for_each_factor(std::int64_t count, const Drop& drop, const Store& store) {
  const T scale = static_cast<T>(drop.scale);
  const std::int64_t blocks = (count + kLanes - 1) / kLanes;
  parallel_parts(blocks, kGrain / kLanes, [&](std::int64_t begin, std::int64_t end) {
    const auto draw_block = [&](std::int64_t block, std::int64_t lanes) {
      const std::uint64_t bits = bits_of(drop.seed, block);
      for (std::int64_t lane = 0; lane < lanes; ++lane)
        store(block * kLanes + lane, (bits >> (16 * lane) & 0xFFFF) < drop.below ? T(0) : scale);
    };
    const std::int64_t whole = std::min(end, count / kLanes);
    for (std::int64_t block = begin; block < whole; ++block) draw_block(block, kLanes);
    if (end > whole) draw_block(whole, count % kLanes);
  });
}

bool is_ours(const Tensor& x) {
  const auto type = x.scalar_type();
  return x.device().is_cpu() &&
         (type == at::kFloat || type == at::kDouble || type == at::kBFloat16);
}

// x times the factors, plus `base` where there is one.
Tensor dropped(const Tensor& given, const Tensor& base, const Drop& drop) {
  const Tensor x = given.contiguous();
  const Tensor onto = base.defined() ? base.contiguous() : Tensor();
  Tensor out = at::empty_like(x);
  AT_DISPATCH_FLOATING_TYPES_AND(at::kBFloat16, x.scalar_type(), "dropout", [&] {
    using T = at::opmath_type<scalar_t>;
    const auto* in = x.const_data_ptr<scalar_t>();
    const auto* add = onto.defined() ? onto.const_data_ptr<scalar_t>() : nullptr;
    auto* to = out.mutable_data_ptr<scalar_t>();
    for_each_factor<T>(x.numel(), drop, [=](std::int64_t i, T factor) {
      const T value = static_cast<T>(in[i]) * factor;
      to[i] = static_cast<scalar_t>(add != nullptr ? static_cast<T>(add[i]) + value : value);
    });
  });
  return out;
}

void drop_relu_in_place(const Tensor& x, const Drop& drop) {
  AT_DISPATCH_FLOATING_TYPES_AND(at::kBFloat16, x.scalar_type(), "dropout_relu_", [&] {
    using T = at::opmath_type<scalar_t>;
    auto* data = x.mutable_data_ptr<scalar_t>();
    for_each_factor<T>(x.numel(), drop, [=](std::int64_t i, T factor) {
      const T value = static_cast<T>(data[i]);
      data[i] = static_cast<scalar_t>(value > 0 ? value * factor : (value == value ? T(0) : value));
    });
  });
}

// What the backward pass needs of a Drop.
void remember(AutogradContext* ctx, const Drop& drop) {
  ctx->saved_data["seed"] = static_cast<std::int64_t>(drop.seed);
  ctx->saved_data["below"] = static_cast<std::int64_t>(drop.below);
  ctx->saved_data["scale"] = drop.scale;
}

Drop recall(AutogradContext* ctx) {
  return {.seed = static_cast<std::uint64_t>(ctx->saved_data["seed"].toInt()),
          .below = static_cast<std::uint64_t>(ctx->saved_data["below"].toInt()),
          .scale = ctx->saved_data["scale"].toDouble()};
}

class DropoutFunction : public torch::autograd::Function<DropoutFunction> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& x, double probability) {
    const Drop drop = draw(probability);
    remember(ctx, drop);
    const at::AutoDispatchBelowADInplaceOrView below;
    return dropped(x, {}, drop);
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    check_first_order();
    return {dropped(grads[0], {}, recall(ctx)), Tensor()};
  }
};

class AddDropoutFunction : public torch::autograd::Function<AddDropoutFunction> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& branch,
                        double probability) {
    const Drop drop = draw(probability);
    remember(ctx, drop);
    const at::AutoDispatchBelowADInplaceOrView below;
    return dropped(branch, x, drop);
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    check_first_order();
    return {grads[0], dropped(grads[0], {}, recall(ctx)), Tensor()};
  }
};

class DropoutReluFunction : public torch::autograd::Function<DropoutReluFunction> {
 public:
  static Tensor forward(AutogradContext* ctx, Tensor x, double probability) {
    const Drop drop = draw(probability);
    ctx->saved_data["scale"] = drop.scale;
    {
      const at::AutoDispatchBelowADInplaceOrView below;
      drop_relu_in_place(x, drop);
    }
    ctx->mark_dirty({x});
    ctx->save_for_backward({x});
    return x;
  }
  // An element that fell is 0, as one that ReLU cut.
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    check_first_order();
    const Tensor result = ctx->get_saved_variables()[0];
    return {at::threshold_backward(grads[0], result, 0).mul_(ctx->saved_data["scale"].toDouble()),
            Tensor()};
  }
};

}  // namespace

Tensor dropout(const Tensor& x, double probability) {
  check(probability);
  if (!is_ours(x)) return at::dropout(x, probability, true);
  return DropoutFunction::apply(x, probability);
}

Tensor add_dropout(const Tensor& x, const Tensor& branch, double probability) {
  check(probability);
  const bool alike = x.scalar_type() == branch.scalar_type() && x.sizes() == branch.sizes();
  if (!alike || !is_ours(x)) return x + dropout(branch, probability);
  return AddDropoutFunction::apply(x, branch, probability);
}

Tensor dropout_relu_(Tensor x, double probability) {
  check(probability);
  if (!is_ours(x) || !x.is_contiguous()) return at::dropout(x, probability, true).relu_();
  return DropoutReluFunction::apply(x, probability);
}

}  // namespace saccade
