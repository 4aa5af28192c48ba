// The mean output of every head over a data set: what off(mean,FILE) puts in a head's place (mean ablation).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "saccade/explain/pass_images.h"
#include "saccade/model/attention_hook.h"
#include "saccade/model/load_model.h"

namespace saccade {

struct HeadMeans {
  std::map<AttentionSite, at::Tensor> of;  // [layers, M, D] float32, before the output projection

  // [M, D]. Of a layer that is there.
  at::Tensor of_call(AttentionSite site, int layer) const { return of.at(site).select(0, layer); }
};

// Sums up what heads give while a detector runs over a data set: give it to every forward pass as its hook. Every query
// of every image counts as much (encoder: every token that is no padding).
class HeadMeansRecorder : public AttentionHook {
 public:
  explicit HeadMeansRecorder(const ModelConfig& config);

  void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) override;
  void on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) override;
  void on_dense_output(const DenseAttentionCall& call, at::Tensor& output) override;
  bool wants_dense(AttentionSite, int) const override { return true; }

  // Sums and counts of this process, the same length in each: they add up over processes.
  std::vector<double> sums() const;
  // From the sum of all processes' sums. Throws Error: nothing was run.
  HeadMeans means_of(const std::vector<double>& sums) const;

 private:
  void add(AttentionSite site, int layer, const at::Tensor& output);

  PassImages images_;
  std::map<AttentionSite, at::Tensor> sums_;  // [layers, M, D] float64, on the CPU
  std::map<AttentionSite, std::int64_t> counts_;
};

// A .safetensors file of `enc.self`, `dec.self` and `dec.cross`. Throws Error.
void write_head_means(const std::filesystem::path& path, const HeadMeans& means,
                      const std::map<std::string, std::string>& metadata);
// Throws Error: the file is none of head means, or of a model with other numbers of layers, heads or channels.
HeadMeans read_head_means(const std::filesystem::path& path, const ModelConfig& config);

}  // namespace saccade
