// Groups of weights, and the node that casts one.
#include "saccade/op/weight_casts.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace saccade {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Weights of one node. Their gradients come out of it together, as soon as the first of them has been used for the
// last time on the way back: ranks exchange those of one group while the next are computed.
constexpr std::size_t kGroup = 64;
constexpr std::int64_t kAlignment = 512;  // bytes, as LibTorch's allocator of CUDA memory gives

thread_local WeightCasts* active = nullptr;

std::int64_t aligned(std::int64_t count, std::int64_t element_size) {
  const std::int64_t step = kAlignment / element_size;
  return (count + step - 1) / step * step;
}

// Tensors with the sizes of `like`, one after another in one piece of memory. Made without the dispatcher: views by
// way of it would cost as much as the casts did.
std::vector<Tensor> room_for(const std::vector<Tensor>& like, at::ScalarType type) {
  const auto size = static_cast<std::int64_t>(c10::elementSize(type));
  std::int64_t total = 0;
  for (const Tensor& t : like) total += aligned(t.numel(), size);
  const Tensor memory =
      at::empty({total}, at::TensorOptions().dtype(type).device(like.front().device()));
  std::vector<Tensor> room;
  std::int64_t offset = 0;
  for (const Tensor& t : like) {
    auto impl = c10::make_intrusive<c10::TensorImpl>(c10::Storage(memory.storage()),
                                                     memory.key_set(), memory.dtype());
    if (t.is_non_overlapping_and_dense()) {
      impl->set_sizes_and_strides(t.sizes(), t.strides(), offset);
    } else {
      impl->set_storage_offset(offset);
      impl->set_sizes_contiguous(t.sizes());
    }
    room.emplace_back(std::move(impl));
    offset += aligned(t.numel(), size);
  }
  return room;
}

std::vector<Tensor> cast_all(const std::vector<Tensor>& tensors, at::ScalarType type) {
  if (tensors.empty()) return {};
  std::vector<Tensor> cast = room_for(tensors, type);
  at::_foreach_copy_(cast, tensors);
  return cast;
}

// As autograd's own node for a leaf.
void add_gradients(const std::vector<Tensor>& weights, const std::vector<Tensor>& gradients) {
  std::vector<Tensor> sums, more;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!gradients[i].defined()) continue;
    Tensor& sum = weights[i].mutable_grad();
    if (!sum.defined()) {
      sum = gradients[i];
    } else {
      sums.push_back(sum);
      more.push_back(gradients[i]);
    }
  }
  if (!sums.empty()) at::_foreach_add_(sums, more);
}

// weights[i] * scales[i], rounded; a scale that is not defined is 1. `inputs` are the weights, to which gradients
// are passed, or anything else that needs one: then they are added to the weights' here.
class CastFunction : public torch::autograd::Function<CastFunction> {
 public:
  static variable_list forward(AutogradContext* ctx, at::TensorList inputs,
                               const std::vector<Tensor>& weights,
                               const std::vector<Tensor>& scales, at::ScalarType type) {
    ctx->set_materialize_grads(false);  // a weight that was not used has no gradient
    ctx->saved_data["scales"] = scales;
    ctx->saved_data["inputs"] = static_cast<std::int64_t>(inputs.size());
    const bool passes_on = inputs.front().is_same(weights.front());
    if (!passes_on) ctx->saved_data["weights"] = weights;
    const at::AutoDispatchBelowADInplaceOrView below;
    std::vector<Tensor> scaled = weights;
    for (std::size_t i = 0; i < scaled.size(); ++i)
      if (scales[i].defined()) scaled[i] = scaled[i] * scales[i];
    return cast_all(scaled, type);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    TORCH_CHECK(!at::GradMode::is_enabled(),
                "casts of weights are differentiable once; their gradients are not");
    variable_list result = gradients_of_weights(ctx, grads);
    const auto weights = ctx->saved_data.find("weights");
    if (weights != ctx->saved_data.end()) {
      add_gradients(weights->second.toTensorVector(), result);
      result.clear();
    }
    result.resize(ctx->saved_data["inputs"].toInt() + 3);  // weights, scales and type have none
    return result;
  }

 private:
  static variable_list gradients_of_weights(AutogradContext* ctx, const variable_list& grads) {
    const std::vector<Tensor> scales = ctx->saved_data["scales"].toTensorVector();
    std::vector<Tensor> given;
    for (const Tensor& grad : grads)
      if (grad.defined()) given.push_back(grad);
    std::vector<Tensor> cast = cast_all(given, at::kFloat);
    variable_list result(grads.size());
    for (std::size_t i = 0, next = 0; i < grads.size(); ++i) {
      if (!grads[i].defined()) continue;
      if (scales[i].defined()) cast[next].mul_(scales[i]);
      result[i] = std::move(cast[next++]);
    }
    return result;
  }
};

bool needs_gradient(const Tensor& tensor) {
  return at::GradMode::is_enabled() && tensor.requires_grad();
}

at::ScalarType autocast_type_for(const Tensor& tensor) {
  return at::autocast::get_autocast_dtype(tensor.device().type());
}

// What autocast would cast and keep.
bool is_castable(const Tensor& weight) {
  return weight.defined() && weight.scalar_type() == at::kFloat && weight.is_leaf() &&
         at::autocast::is_autocast_enabled(weight.device().type());
}

}  // namespace

WeightCasts::Pass::Pass(WeightCasts& casts) : casts_(casts) { active = &casts_; }

WeightCasts::Pass::~Pass() {
  active = nullptr;
  casts_.learn();
}

// After a pass that used other weights than the plan has, the plan is what it used.
void WeightCasts::learn() {
  if (is_new_) {
    plan_ = std::move(used_);
    place_.clear();
    for (std::size_t i = 0; i < plan_.size(); ++i)
      place_.emplace(plan_[i].weight.unsafeGetTensorImpl(), i);
  }
  for (Weight& weight : plan_) weight.cast.reset();
  used_.clear();
  is_new_ = false;
}

void WeightCasts::cast_group(std::size_t first) {
  const std::size_t end = std::min(first + kGroup, plan_.size());
  std::vector<Tensor> weights, scales;
  for (std::size_t i = first; i < end; ++i) {
    weights.push_back(plan_[i].weight);
    scales.push_back(plan_[i].scale);
  }
  std::vector<Tensor> inputs = weights;
  if (adds_gradients_) inputs = {at::empty({0}, weights.front().options()).set_requires_grad(true)};
  const variable_list cast = CastFunction::apply(at::TensorList(inputs), weights, scales,
                                                 autocast_type_for(weights.front()));
  for (std::size_t i = first; i < end; ++i) plan_[i].cast = cast[i - first];
}

Tensor WeightCasts::cast_trained(const Tensor& weight, const Tensor& scale) {
  used_.push_back({weight, scale, {}});
  const auto found = place_.find(weight.unsafeGetTensorImpl());
  if (found != place_.end() && plan_[found->second].scale.is_same(scale)) {
    const std::size_t place = found->second;
    if (!plan_[place].cast.defined()) cast_group(place / kGroup * kGroup);
    return plan_[place].cast;
  }
  is_new_ = true;
  return scale.defined() ? weight * scale : weight;
}

bool WeightCasts::Kept::stands(const std::vector<Tensor>& now) const {
  if (now.size() != of.size()) return false;
  for (std::size_t i = 0; i < of.size(); ++i)
    if (!now[i].is_same(of[i]) || (now[i].defined() && now[i]._version() != versions[i]))
      return false;
  return true;
}

Tensor cast_weight(const Tensor& weight, const Tensor& scale) {
  const auto product = [&] { return scale.defined() ? weight * scale : weight; };
  if (active == nullptr || !is_castable(weight)) return product();
  if (needs_gradient(weight)) return active->cast_trained(weight, scale);
  const at::ScalarType type = autocast_type_for(weight);
  return kept({weight, scale}, [&] { return std::vector<Tensor>{product().to(type)}; }).front();
}

std::vector<Tensor> kept(const std::vector<Tensor>& of,
                         const std::function<std::vector<Tensor>()>& compute) {
  const bool can_change_unseen = std::any_of(of.begin(), of.end(), [](const Tensor& tensor) {
    return tensor.defined() && (needs_gradient(tensor) || tensor.is_inference());
  });
  if (active == nullptr || can_change_unseen) return compute();
  const bool casts = at::autocast::is_autocast_enabled(of.front().device().type());
  const at::ScalarType type = casts ? autocast_type_for(of.front()) : at::kFloat;
  if (active->type_ != type) active->kept_.clear();
  active->type_ = type;
  WeightCasts::Kept& known = active->kept_[of.front().unsafeGetTensorImpl()];
  if (known.stands(of)) return known.values;
  known = {.of = of, .values = compute(), .versions = {}};
  for (const Tensor& tensor : of)
    known.versions.push_back(tensor.defined() ? tensor._version() : 0);
  return known.values;
}

}  // namespace saccade
