// Activation checkpointing.
#include "saccade/model/recompute.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

namespace saccade {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// What the second run needs beside its inputs.
struct Recipe : torch::CustomClassHolder {
  TensorFunction function;
  at::Device device{at::kCPU};  // of the inputs
  at::Tensor random_state;      // of the device's generator
  bool autocast = false;
  at::ScalarType autocast_type = at::kBFloat16;
};

at::Generator generator_of(at::Device device) {
  return at::globalContext().defaultGenerator(device);
}

// The generator as it was before the first run; afterwards as it is now.
class RandomStateAgain {
 public:
  explicit RandomStateAgain(const Recipe& recipe)
      : generator_(generator_of(recipe.device)), now_(generator_.get_state()) {
    generator_.set_state(recipe.random_state);
  }
  ~RandomStateAgain() { generator_.set_state(now_); }
  RandomStateAgain(const RandomStateAgain&) = delete;
  RandomStateAgain& operator=(const RandomStateAgain&) = delete;

 private:
  at::Generator generator_;
  at::Tensor now_;
};

class AutocastAgain {
 public:
  explicit AutocastAgain(const Recipe& recipe)
      : type_(recipe.device.type()), before_(at::autocast::is_autocast_enabled(type_)) {
    at::autocast::set_autocast_enabled(type_, recipe.autocast);
    at::autocast::set_autocast_dtype(type_, recipe.autocast_type);
  }
  ~AutocastAgain() {
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(type_, before_);
  }
  AutocastAgain(const AutocastAgain&) = delete;
  AutocastAgain& operator=(const AutocastAgain&) = delete;

 private:
  at::DeviceType type_;
  bool before_;
};

class Recomputed : public torch::autograd::Function<Recomputed> {
 public:
  static at::Tensor forward(AutogradContext* ctx, c10::intrusive_ptr<Recipe> recipe,
                            at::TensorList given) {  // a vector would not count as inputs
    const variable_list inputs = given.vec();
    recipe->device = inputs.front().device();
    const at::DeviceType type = recipe->device.type();
    recipe->random_state = generator_of(recipe->device).get_state();
    recipe->autocast = at::autocast::is_autocast_enabled(type);
    recipe->autocast_type = at::autocast::get_autocast_dtype(type);
    ctx->save_for_backward(inputs);
    ctx->saved_data["recipe"] = c10::IValue::make_capsule(recipe);
    const at::NoGradGuard no_graph;
    return recipe->function(inputs);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const auto capsule = ctx->saved_data["recipe"].toCapsule();
    const auto& recipe = static_cast<const Recipe&>(*capsule);
    std::vector<at::Tensor> inputs;
    for (const at::Tensor& saved : ctx->get_saved_variables())
      inputs.push_back(saved.detach().set_requires_grad(saved.requires_grad()));
    const at::AutoGradMode with_graph(true);
    at::Tensor output;
    {
      const RandomStateAgain random(recipe);
      const AutocastAgain autocast(recipe);
      output = recipe.function(inputs);
    }
    output.backward(grads[0]);
    variable_list result{at::Tensor()};  // of the recipe
    for (const at::Tensor& input : inputs) result.push_back(input.grad());
    return result;
  }
};

}  // namespace

at::Tensor recomputed(TensorFunction function, const std::vector<at::Tensor>& inputs) {
  if (!at::GradMode::is_enabled()) return function(inputs);
  auto recipe = c10::make_intrusive<Recipe>();
  recipe->function = std::move(function);
  return Recomputed::apply(recipe, at::TensorList(inputs));
}

}  // namespace saccade
