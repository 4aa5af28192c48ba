// Watches a run for its viewer: says how far it is, and ends it where nobody wants it any more.
#pragma once

#include <functional>
#include <string>

#include "saccade/model/attention_hook.h"
#include "saccade/model/model_config.h"
#include "saccade/server/run_queue.h"

namespace saccade {

// "Encoder layer 3 of 6", and the share of the layers that are done.
using TellProgress = std::function<void(const std::string& text, double part)>;

class RunWatch : public AttentionHook {
 public:
  // Throws RunStopped out of the forward pass. `next` sees all that this one sees.
  RunWatch(const ModelConfig& config, const StopFlag& stop, TellProgress tell,
           AttentionHook* next = nullptr)
      : config_(config), stop_(stop), tell_(std::move(tell)), next_(next) {}

  void on_images(const std::vector<OriginalSize>& images) override;
  void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) override;
  void on_deformable(DeformableAttentionCall& call) override;
  void on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) override;
  void on_dense(DenseAttentionCall& call) override;
  void on_dense_output(const DenseAttentionCall& call, at::Tensor& output) override;
  bool skips(Branch branch, int layer) const override;
  bool wants_deformable(AttentionSite site, int layer) const override;
  bool wants_dense(AttentionSite site, int layer) const override;

 private:
  void begin(AttentionSite site, int layer) const;

  const ModelConfig& config_;
  const StopFlag& stop_;
  const TellProgress tell_;
  AttentionHook* const next_;
};

}  // namespace saccade
