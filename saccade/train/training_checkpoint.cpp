// Writes the checkpoint of a run.
#include "saccade/train/training_checkpoint.h"

#include <ATen/ATen.h>

#include <unordered_map>

#include "saccade/checkpoint/pth_writer.h"
#include "saccade/checkpoint/tensors.h"
#include "saccade/model/detector.h"

namespace saccade {
namespace {

using Entries = std::vector<std::pair<std::string, NodeId>>;

// The tensors on the CPU; one that is there under several names is one copy.
NamedTensors on_cpu(const NamedTensors& tensors) {
  std::unordered_map<const at::TensorImpl*, at::Tensor> copies;
  NamedTensors all;
  for (const auto& [name, tensor] : tensors) {
    at::Tensor& copy = copies[tensor.unsafeGetTensorImpl()];
    if (!copy.defined()) copy = tensor.detach().to(at::kCPU);
    all.emplace_back(name, copy);
  }
  return all;
}

class CheckpointTree {
 public:
  explicit CheckpointTree(const CheckpointSource& source) : s_(source) {}

  PickleTree build() && {
    Detector& shown = s_.average != nullptr ? *s_.average : *s_.weights;
    Entries entries{{"model", tensors_node(make_, to_raw(on_cpu(state_dict(shown))))},
                    {"optimizer", optimizer()},
                    {"lr_scheduler", scheduler()},
                    {"epoch", make_.integer(epochs_done() - 1)},
                    {"args", args_node(make_, s_.args)},
                    {"saccade", texts_node(make_, s_.metadata)},
                    {"training", training()}};
    if (s_.scale != nullptr) entries.emplace_back("scaler", scaler(*s_.scale));
    const NodeId root = make_.dict(entries);
    return std::move(make_).tree(root);
  }

 private:
  std::int64_t epochs_done() const { return s_.at.epoch + (s_.at.epoch_done ? 1 : 0); }

  NodeId state_of(const ParameterState& state) {
    Entries entries;
    const auto add = [&](const char* name, const at::Tensor& tensor) {
      if (tensor.defined()) entries.emplace_back(name, make_.tensor(to_raw(tensor.to(at::kCPU))));
    };
    add("step", state.step);
    add("exp_avg", state.exp_avg);
    add("exp_avg_sq", state.exp_avg_sq);
    add("momentum_buffer", state.momentum_buffer);
    return make_.dict(entries);
  }

  // The fields of torch.optim's groups: AdamW's or SGD's.
  NodeId group_of(const ParamGroup& group, std::int64_t first) {
    const OptimizerOptions& o = s_.optimizer->options();
    Entries entries{{"lr", make_.real(group.lr * s_.lr_factor)},
                    {"initial_lr", make_.real(group.lr)},
                    {"weight_decay", make_.real(o.weight_decay)}};
    if (o.sgd) {
      entries.emplace_back("momentum", make_.real(o.momentum));
      entries.emplace_back("dampening", make_.integer(0));
      entries.emplace_back("nesterov", make_.boolean(false));
    } else {
      entries.emplace_back("betas", make_.tuple({make_.real(o.beta1), make_.real(o.beta2)}));
      entries.emplace_back("eps", make_.real(o.epsilon));
      entries.emplace_back("amsgrad", make_.boolean(false));
    }
    std::vector<NodeId> ids;
    for (std::size_t i = 0; i < group.parameters.size(); ++i)
      ids.push_back(make_.integer(first + static_cast<std::int64_t>(i)));
    entries.emplace_back("params", make_.list(ids));
    return make_.dict(entries);
  }

  NodeId optimizer() {
    std::vector<std::pair<NodeId, NodeId>> states;
    const auto& all = s_.optimizer->states();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i].exp_avg.defined() && !all[i].momentum_buffer.defined()) continue;
      states.emplace_back(make_.integer(static_cast<std::int64_t>(i)), state_of(all[i]));
    }
    std::vector<NodeId> groups;
    std::int64_t first = 0;
    for (const ParamGroup& group : s_.optimizer->groups()) {
      groups.push_back(group_of(group, first));
      first += static_cast<std::int64_t>(group.parameters.size());
    }
    return make_.dict({{"state", make_.dict(states)}, {"param_groups", make_.list(groups)}});
  }

  // As torch.optim.lr_scheduler.StepLR's: what the original goes on from.
  NodeId scheduler() {
    std::vector<NodeId> base, last;
    for (const ParamGroup& group : s_.optimizer->groups()) {
      base.push_back(make_.real(group.lr));
      last.push_back(make_.real(group.lr * s_.lr_factor));
    }
    return make_.dict(Entries{{"step_size", make_.integer(s_.lr_drop)},
                              {"gamma", make_.real(0.1)},
                              {"base_lrs", make_.list(base)},
                              {"last_epoch", make_.integer(epochs_done())},
                              {"_step_count", make_.integer(epochs_done() + 1)},
                              {"_last_lr", make_.list(last)}});
  }

  NodeId scaler(const LossScale& scale) {
    return make_.dict(Entries{{"scale", make_.real(scale.scale)},
                              {"growth_factor", make_.real(scale.growth_factor)},
                              {"backoff_factor", make_.real(scale.backoff_factor)},
                              {"growth_interval", make_.integer(scale.growth_interval)},
                              {"_growth_tracker", make_.integer(scale.growth_tracker)}});
  }

  NodeId meters() {
    Entries entries;
    for (const LossMeters::Meter& meter : s_.meters->all()) {
      entries.emplace_back(meter.name,
                           make_.list({make_.real(meter.sum), make_.integer(meter.count)}));
    }
    return make_.dict(entries);
  }

  NodeId training() {
    const TrainProgressState& at = s_.at;
    Entries entries{{"epoch", make_.integer(at.epoch)},
                    {"step_in_epoch", make_.integer(at.step_in_epoch)},
                    {"step", make_.integer(at.step)},
                    {"epoch_done", make_.boolean(at.epoch_done)},
                    {"batch_images", make_.integer(at.batch_images)},
                    {"seed", make_.integer(at.seed)},
                    {"meters", meters()}};
    if (s_.average != nullptr)
      entries.emplace_back("weights", tensors_node(make_, to_raw(on_cpu(state_dict(*s_.weights)))));
    return make_.dict(entries);
  }

  const CheckpointSource& s_;
  PickleBuilder make_;
};

}  // namespace

void write_training_checkpoint(const std::filesystem::path& path, const CheckpointSource& source) {
  write_pth(path, CheckpointTree(source).build(), Durability::kSynced);
}

}  // namespace saccade
