// What the attention of every decoder query did in one layer, as numbers, while a detector runs over a data set.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "saccade/core/attention_statistics.h"
#include "saccade/explain/intervention.h"
#include "saccade/explain/pass_images.h"
#include "saccade/model/attention_hook.h"
#include "saccade/model/model_config.h"

namespace saccade {

// Numbers of AttentionStatistics for each query, float32 [N, Q, kNumAttentionNumbers + L]. `boxes` [N, Q, 4] cxcywh,
// fraction of the image, are those that a query found.
at::Tensor query_statistics(const DeformableAttentionCall& call, const PassImages& images,
                            const at::Tensor& boxes);
at::Tensor query_statistics(const DenseAttentionCall& call, const PassImages& images,
                            const at::Tensor& boxes);

// Of the cross-attention of the last decoder layer that answers (answering_layers): give it to every forward pass as its hook, and take the numbers of its
// images after it.
class StatisticsRecorder : public AttentionHook {
 public:
  explicit StatisticsRecorder(const ModelConfig& config,
                              const std::vector<Intervention>& interventions = {});

  void on_images(const std::vector<OriginalSize>& images) override { images_.sizes = images; }
  void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) override;
  void on_deformable(DeformableAttentionCall& call) override;
  void on_dense(DenseAttentionCall& call) override;
  bool wants_deformable(AttentionSite site, int layer) const override;
  bool wants_dense(AttentionSite site, int layer) const override;

  // Of the last pass, whose final boxes are these, [N, Q, K] on the CPU; NaN where an intervention skipped the layer.
  at::Tensor take(const at::Tensor& boxes);
  // K.
  std::int64_t numbers() const { return numbers_; }

 private:
  const int last_;
  const std::int64_t numbers_;
  PassImages images_;
  std::vector<DeformableAttentionCall> sampled_;  // at most one
  std::vector<DenseAttentionCall> dense_;
};

}  // namespace saccade
