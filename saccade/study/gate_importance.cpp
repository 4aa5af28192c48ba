// Gradients of gates on units of attention.
#include "saccade/study/gate_importance.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/core/progress.h"
#include "saccade/data/train_batch.h"
#include "saccade/eval/model_run.h"
#include "saccade/eval/rank_exchange.h"
#include "saccade/loss/criterion.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

// Multiplies what attention gives by its gates.
class GateHook : public AttentionHook {
 public:
  GateHook(AttentionSite site, bool on_entries, const std::vector<at::Tensor>& gates)
      : site_(site), on_entries_(on_entries), gates_(gates) {}

  void on_deformable(DeformableAttentionCall& call) override {
    if (call.site == site_ && on_entries_)
      call.attention_weights = call.attention_weights * gate(call.layer);
  }
  void on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) override {
    if (call.site != site_ || on_entries_) return;
    const at::Tensor& gates = gate(call.layer);
    const std::int64_t heads = gates.size(0);
    output = (output.unflatten(-1, {heads, -1}) * gates.unsqueeze(-1)).flatten(-2);
  }
  void on_dense(DenseAttentionCall& call) override {
    if (call.site == site_) call.weights = call.weights * gate(call.layer).view({1, -1, 1, 1});
  }
  bool wants_dense(AttentionSite site, int) const override { return site == site_; }

 private:
  const at::Tensor& gate(int layer) const { return gates_[static_cast<std::size_t>(layer)]; }

  const AttentionSite site_;
  const bool on_entries_;
  const std::vector<at::Tensor>& gates_;
};

std::vector<at::Tensor> open_gates(const Detector& detector, AttentionSite site, bool on_entries,
                                   const at::TensorOptions& like) {
  const ModelConfig& c = detector.config();
  const bool is_encoder = site == AttentionSite::kEncoderSelf;
  std::vector<std::int64_t> shape{c.nheads};
  if (on_entries)
    shape = {c.nheads, c.num_feature_levels, is_encoder ? c.enc_n_points : c.dec_n_points};
  std::vector<at::Tensor> gates;
  for (int layer = 0; layer < (is_encoder ? c.enc_layers : c.dec_layers); ++layer)
    gates.push_back(at::ones(shape, like));
  return gates;
}

// Over the gates of a layer that are the unit's.
double sum_of(const at::Tensor& gradient, const AttentionUnit& unit) {
  const at::Tensor on_cpu = gradient.to(at::kCPU, at::kDouble).contiguous();
  const std::int64_t levels = on_cpu.dim() == 3 ? on_cpu.size(1) : 1;
  const std::int64_t points = on_cpu.dim() == 3 ? on_cpu.size(2) : 1;
  const double* const values = on_cpu.const_data_ptr<double>();
  double sum = 0;
  for (std::int64_t i = 0; i < on_cpu.numel(); ++i) {
    const int head = static_cast<int>(i / (levels * points));
    const int level = static_cast<int>(i / points % levels), point = static_cast<int>(i % points);
    if (unit.heads.has(head) && unit.levels.has(level) && unit.points.has(point)) sum += values[i];
  }
  return sum;
}

// A layer's units together have length 1, unless all are 0.
void normalise_by_layer(std::vector<double>& importance, const std::vector<Intervention>& units) {
  const auto layers_of = [&](std::size_t u) -> const IndexSet& {
    return gated_unit(units[u]).layers;
  };
  std::vector<double> normalised(importance.size());
  for (std::size_t u = 0; u < units.size(); ++u) {
    double squares = 0;
    for (std::size_t other = 0; other < units.size(); ++other)
      if (layers_of(other) == layers_of(u)) squares += importance[other] * importance[other];
    normalised[u] = squares > 0 ? importance[u] / std::sqrt(squares) : 0;
  }
  importance = std::move(normalised);
}

std::vector<LossTarget> targets_of(const TrainBatch& batch) {
  std::vector<LossTarget> targets;
  for (const Target& target : batch.targets)
    targets.push_back({labels_of(target), boxes_cxcywh(target)});
  return targets;
}

class ImportanceMeter {
 public:
  ImportanceMeter(const LoadedModel& model, const std::vector<Intervention>& units)
      : model_(model), units_(units), sums_(units.size(), 0.0) {}

  void add(const TrainBatch& batch) {
    const AttentionUnit& first = gated_unit(units_[0]);
    const at::Device device = model_.detector->device();
    const GatedLoss gated =
        gated_loss(*model_.detector, to_device(batch.pixels, device), batch.mask, targets_of(batch),
                   first.module, std::holds_alternative<EntriesOff>(units_[0].change));
    gated.loss.backward();
    for (std::size_t u = 0; u < units_.size(); ++u) sums_[u] += std::abs(gradient_of(gated, u));
  }

  const std::vector<double>& sums() const { return sums_; }

 private:
  double gradient_of(const GatedLoss& gated, std::size_t u) const {
    const AttentionUnit& unit = gated_unit(units_[u]);
    double sum = 0;
    for (std::size_t layer = 0; layer < gated.gates.size(); ++layer) {
      const at::Tensor gradient = gated.gates[layer].grad();
      if (unit.layers.has(static_cast<int>(layer)) && gradient.defined())
        sum += sum_of(gradient, unit);
    }
    return sum;
  }

  const LoadedModel& model_;
  const std::vector<Intervention>& units_;
  std::vector<double> sums_;
};

}  // namespace

const AttentionUnit& gated_unit(const Intervention& unit) {
  if (const auto* heads = std::get_if<HeadsOff>(&unit.change)) return heads->unit;
  if (const auto* entries = std::get_if<EntriesOff>(&unit.change)) return entries->unit;
  if (const auto* patch = std::get_if<Patch>(&unit.change); patch && patch->drawn)
    return patch->unit;
  throw UsageError("gradients tell of heads, levels and points alone, not of '" + unit.text + "'");
}

GatedLoss gated_loss(const Detector& detector, const at::Tensor& pixels, const at::Tensor& mask,
                     std::span<const LossTarget> targets, AttentionSite site, bool on_entries,
                     const std::vector<at::Tensor>& gates) {
  GatedLoss gated{.gates = gates};
  if (gates.empty()) gated.gates = open_gates(detector, site, on_entries, pixels.options());
  for (at::Tensor& gate : gated.gates) gate.requires_grad_(true);
  GateHook hook(site, on_entries, gated.gates);
  const at::AutoGradMode with_graph(true);
  Memory memory;
  {
    const at::AutoGradMode in_encoder(site == AttentionSite::kEncoderSelf);
    memory = detector.encode(pixels, mask, &hook);
  }
  memory.joins_references = true;
  const ModelOutput output = detector.decode(memory, &hook);
  CriterionOptions criterion = CriterionOptions::defaults(detector.config().family);
  criterion.aux_loss = false;
  gated.loss =
      compute_losses(output, targets, std::max(1.0, count_boxes(targets)), criterion).total;
  return gated;
}

std::vector<double> gate_importance(const LoadedModel& model, const CocoDataSet& data,
                                    const std::filesystem::path& images,
                                    const std::vector<EvalImage>& chosen,
                                    const std::vector<Intervention>& units,
                                    const GateImportanceOptions& options, RankGroup& ranks) {
  categories_of_model(model, data);  // throws for another data set's model
  TrainSet set(data, {.images = images, .augment = false, .size = model.size});
  ImportanceMeter meter(model, units);
  std::vector<int> share;
  for (std::size_t i = static_cast<std::size_t>(ranks.rank()); i < chosen.size();
       i += static_cast<std::size_t>(ranks.size()))
    share.push_back(chosen[i].image);
  Progress progress("images, gradients", std::ssize(share), options.quiet || !ranks.is_first());
  for (const int image : share) {
    meter.add(set.load(std::span(&image, 1), 0));
    progress.step();
  }
  std::vector<double> importance = sum_over_ranks(meter.sums(), options.name, ranks);
  for (double& value : importance) value /= static_cast<double>(chosen.size());
  normalise_by_layer(importance, units);
  return importance;
}

}  // namespace saccade
