// The weights of a training step, cast for autocast many at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

namespace saccade {

// Autocast casts every weight by itself, which on a GPU takes longer to ask for than to do: four operators on the way
// there and six on the way back, for some 250 weights. While a Pass lives, cast_weight() on its thread answers from
// here, where a few nodes of the graph cast all of them. Which ones, and in what order, is learned from the pass
// before; what is new is left to autocast. Values and gradients have the bits of autocast's own.
class WeightCasts {
 public:
  // `adds_gradients`: what casts a group also adds the gradients to grad() of its weights, rather than to leave that
  // to a node of autograd for each. Not where somebody waits for those nodes (GradientReducer over ranks), nor under
  // torch::autograd::grad.
  explicit WeightCasts(bool adds_gradients) : adds_gradients_(adds_gradients) {}

  // One forward pass under Autocast, which must outlive it. They do not nest.
  class Pass {
   public:
    explicit Pass(WeightCasts& casts);
    ~Pass();
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    WeightCasts& casts_;
  };

 private:
  struct Weight {
    at::Tensor weight, scale;  // scale undefined: 1
    at::Tensor cast;           // in this pass, once one of its group was asked for
  };
  struct Kept {
    std::vector<at::Tensor> of, values;
    std::vector<std::int64_t> versions;
    bool stands(const std::vector<at::Tensor>& now) const;
  };

  at::Tensor cast_trained(const at::Tensor& weight, const at::Tensor& scale);
  void cast_group(std::size_t first);
  void learn();

  friend at::Tensor cast_weight(const at::Tensor& weight, const at::Tensor& scale);
  friend std::vector<at::Tensor> kept(const std::vector<at::Tensor>& of,
                                      const std::function<std::vector<at::Tensor>()>& compute);

  const bool adds_gradients_;
  std::vector<Weight> plan_;  // in the order of their use
  std::unordered_map<const void*, std::size_t> place_;
  std::vector<Weight> used_;  // in this pass
  bool is_new_ = false;       // what this pass uses is not the plan
  std::unordered_map<const void*, Kept> kept_;
  at::ScalarType type_ = at::kFloat;  // that of kept_
};

// `weight` for an operator that autocast casts for, times `scale` where there is one (computed in the type of both). In
// a Pass a weight of float32 comes in the type of autocast: one that is trained as part of a group, another as it was
// kept. Else it is left to autocast.
at::Tensor cast_weight(const at::Tensor& weight, const at::Tensor& scale = {});

// compute(), a function of the tensors `of`. In a Pass of which none needs a gradient it is kept, under the first of
// them, for as long as they are the same and nobody has written into them.
std::vector<at::Tensor> kept(const std::vector<at::Tensor>& of,
                             const std::function<std::vector<at::Tensor>()>& compute);

}  // namespace saccade
