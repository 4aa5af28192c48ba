// Averages the gradients of all ranks while they are computed, as DistributedDataParallel does.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "saccade/dist/process_group.h"

namespace saccade {

struct GradientReducerOptions {
  // A parameter may get no gradient in a step. Costs a walk through the graph; without it such a
  // parameter is an error. One that no rank used keeps its gradient (none) as it was.
  bool find_unused = false;
};

// Over c10d's Reducer. The gradients of a bucket (first 1 MiB, then 25 MiB) set out as soon as they
// are complete, while backward goes on. Alone, it only runs backward.
//
//   GradientReducer reducer(group, parameters, names);
//   for each step:
//     for each of its parts but the last: {
//       const auto pause = reducer.no_sync();  // gradients add up on each rank
//       reducer.backward(loss_of_part());
//     }
//     reducer.prepare_forward();
//     reducer.backward(loss());                // gradients are now the mean over the ranks
//     step; reset the gradients
class GradientReducer {
 public:
  // `parameters` are the trainable ones, leaves on the device of `group`, in the same order on every rank;
  // `names` theirs.
  // Compares their shapes across the ranks and gives every rank the values of rank 0.
  // Throws Error when the ranks hold different models. `group` must live as long as this.
  GradientReducer(ProcessGroup& group, std::vector<at::Tensor> parameters,
                  std::vector<std::string> names, GradientReducerOptions options = {});
  ~GradientReducer();
  GradientReducer(const GradientReducer&) = delete;
  GradientReducer& operator=(const GradientReducer&) = delete;

  // Before the forward pass of a step whose gradients are averaged.
  void prepare_forward();
  // Computes the gradients of `loss`, a scalar, and averages what has added up over the ranks.
  // The three below, one after another.
  // Throws Error that names the parameters that got none (see find_unused), or the rank that is missing.
  void backward(const at::Tensor& loss);

  // For a caller with a backward pass of its own, which it gives to ProcessGroup::run.
  void prepare_backward(const at::Tensor& loss);
  void finish_backward();

  // While it lives, backward only adds up gradients on this rank.
  class [[nodiscard]] NoSync {
   public:
    explicit NoSync(bool& syncs) : syncs_(syncs), before_(syncs) { syncs_ = false; }
    ~NoSync() { syncs_ = before_; }
    NoSync(const NoSync&) = delete;
    NoSync& operator=(const NoSync&) = delete;

   private:
    bool& syncs_;
    bool before_;
  };
  NoSync no_sync() { return NoSync(syncs_); }

 private:
  struct Reducer;
  void check_same_model();
  std::string names_without_gradient() const;

  ProcessGroup& group_;
  const std::vector<at::Tensor> parameters_;
  const std::vector<std::string> names_;
  const GradientReducerOptions options_;
  bool syncs_ = true;
  std::unique_ptr<Reducer> reducer_;  // null when alone
};

}  // namespace saccade
