// Reads the checkpoint of a run, the original's too.
#include <ATen/ATen.h>

#include <cmath>
#include <optional>

#include "saccade/checkpoint/pth_reader.h"
#include "saccade/checkpoint/tensors.h"
#include "saccade/core/error.h"
#include "saccade/train/training_checkpoint.h"

namespace saccade {
namespace {

constexpr std::int64_t kMaxCount = std::int64_t{1} << 53;

class CheckpointReader {
 public:
  CheckpointReader(const PickleTree& tree, const std::filesystem::path& path)
      : tree_(tree), path_(path) {}

  TrainingCheckpoint read() {
    TrainingCheckpoint checkpoint{.path = path_, .model = weights_from_pickle(tree_, path_)};
    checkpoint.optimizer = read_optimizer();
    if (const NodeId scaler = dict_at(tree_.root, "scaler"); scaler != kNoNode)
      checkpoint.scale = read_scaler(scaler);
    const NodeId training = dict_at(tree_.root, "training");
    if (training != kNoNode) {
      read_progress(training, checkpoint);
    } else if (const auto epoch = integer(tree_.root, "epoch")) {
      checkpoint.at.epoch = count("epoch", *epoch < kMaxCount ? *epoch + 1 : *epoch);
    }
    if (checkpoint.weights.empty()) checkpoint.weights = copies(checkpoint.model.tensors);
    return checkpoint;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(text_of(path_.string(), ": this checkpoint cannot be resumed: ", what));
  }

  // kNoNode where `dict` has no such part. One of another kind is no missing part: the run would begin
  // anew in silence.
  NodeId dict_at(NodeId dict, const char* key) const {
    const NodeId id = dict == kNoNode ? kNoNode : tree_.find(dict, key);
    if (id == kNoNode || tree_.at(id).kind == PickleKind::kNone) return kNoNode;
    if (tree_.at(id).kind != PickleKind::kDict) fail(text_of("its `", key, "` is no dict"));
    return id;
  }
  bool is_list(NodeId id) const { return id != kNoNode && tree_.at(id).kind == PickleKind::kList; }
  std::optional<std::int64_t> integer(NodeId dict, const char* key) const {
    const NodeId id = tree_.find(dict, key);
    if (id == kNoNode) return std::nullopt;
    const PickleNode& node = tree_.at(id);
    if (node.kind != PickleKind::kInt && node.kind != PickleKind::kBool) return std::nullopt;
    return node.number;
  }
  std::int64_t count(const char* what, std::optional<std::int64_t> number) const {
    if (!number || *number < 0 || *number > kMaxCount)
      fail(text_of("its `", what, "` is no number from 0"));
    return *number;
  }
  static NamedTensors copies(const NamedRawTensors& raw) {
    NamedTensors tensors;
    for (const auto& [name, tensor] : raw) tensors.emplace_back(name, to_tensor(tensor).clone());
    return tensors;
  }

  // A tensor of an optimizer's state; `step` was a plain number before torch 1.12.
  at::Tensor state_tensor(NodeId state, const char* key) const {
    const NodeId id = tree_.find(state, key);
    if (id == kNoNode) return {};
    const PickleNode& node = tree_.at(id);
    if (node.kind == PickleKind::kInt) return at::full({}, node.number, at::kFloat);
    if (node.kind == PickleKind::kFloat) return at::full({}, node.real, at::kFloat);
    if (node.kind != PickleKind::kTensor) return {};
    return to_tensor(tree_.tensors[static_cast<std::size_t>(node.number)])
        .to(at::kFloat, /*non_blocking=*/false, /*copy=*/true)
        .contiguous();
  }
  ParameterState state_of(NodeId id) const {
    if (tree_.at(id).kind != PickleKind::kDict) fail("its optimizer's state is no dict");
    ParameterState state{state_tensor(id, "step"), state_tensor(id, "exp_avg"),
                         state_tensor(id, "exp_avg_sq"), state_tensor(id, "momentum_buffer")};
    const bool whole = state.exp_avg.defined() == state.exp_avg_sq.defined() &&
                       state.exp_avg.defined() == state.step.defined() &&
                       (!state.step.defined() || state.step.dim() == 0);
    if (!whole) fail("its optimizer's state is neither AdamW's nor SGD's");
    return state;
  }

  std::vector<ParameterState> read_optimizer() const {
    const NodeId optimizer = dict_at(tree_.root, "optimizer");
    const NodeId state = dict_at(optimizer, "state");
    if (state == kNoNode) return {};
    std::map<std::int64_t, NodeId> by_id;
    const PickleNode& entries = tree_.at(state);
    for (std::size_t i = 0; i + 1 < entries.items.size(); i += 2) {
      if (tree_.at(entries.items[i]).kind == PickleKind::kInt)
        by_id[tree_.at(entries.items[i]).number] = entries.items[i + 1];
    }
    std::vector<ParameterState> states;
    for (const std::int64_t id : parameter_ids(optimizer)) {
      const auto found = by_id.find(id);
      states.push_back(found == by_id.end() ? ParameterState{} : state_of(found->second));
    }
    return states;
  }

  // Of all groups, one after another.
  std::vector<std::int64_t> parameter_ids(NodeId optimizer) const {
    std::vector<std::int64_t> ids;
    const NodeId groups = tree_.find(optimizer, "param_groups");
    if (!is_list(groups)) fail("its optimizer has no param_groups");
    for (const NodeId group : tree_.at(groups).items) {
      const NodeId params =
          tree_.at(group).kind == PickleKind::kDict ? tree_.find(group, "params") : kNoNode;
      if (!is_list(params)) fail("a group of its optimizer has no params");
      for (const NodeId id : tree_.at(params).items) {
        if (tree_.at(id).kind != PickleKind::kInt)
          fail("a parameter of its optimizer has no number");
        ids.push_back(tree_.at(id).number);
      }
    }
    return ids;
  }

  double positive(NodeId dict, const char* key) const {
    const NodeId id = tree_.find(dict, key);
    const double number =
        id != kNoNode && tree_.at(id).kind == PickleKind::kFloat ? tree_.at(id).real : 0;
    if (!std::isfinite(number) || number <= 0)
      fail(text_of("its scaler's `", key, "` is no number above 0"));
    return number;
  }

  // Empty where a GradScaler was there but turned off.
  std::optional<LossScale> read_scaler(NodeId id) const {
    if (tree_.at(id).items.empty()) return std::nullopt;
    return LossScale{.scale = positive(id, "scale"),
                     .growth_factor = positive(id, "growth_factor"),
                     .backoff_factor = positive(id, "backoff_factor"),
                     .growth_interval = count("growth_interval", integer(id, "growth_interval")),
                     .growth_tracker = count("_growth_tracker", integer(id, "_growth_tracker"))};
  }

  void read_progress(NodeId training, TrainingCheckpoint& checkpoint) const {
    TrainProgressState& at = checkpoint.at;
    checkpoint.has_progress = true;
    at.epoch = count("epoch", integer(training, "epoch"));
    at.step_in_epoch = count("step_in_epoch", integer(training, "step_in_epoch"));
    at.step = count("step", integer(training, "step"));
    at.epoch_done = count("epoch_done", integer(training, "epoch_done")) != 0;
    at.batch_images = count("batch_images", integer(training, "batch_images"));
    at.seed = count("seed", integer(training, "seed"));
    if (const NodeId meters = dict_at(training, "meters"); meters != kNoNode)
      read_meters(meters, checkpoint.meters);
    if (const NodeId weights = dict_at(training, "weights"); weights != kNoNode)
      checkpoint.weights = read_tensors(weights);
  }

  void read_meters(NodeId id, LossMeters& meters) const {
    const PickleNode& node = tree_.at(id);
    for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
      const PickleNode& name = tree_.at(node.items[i]);
      const PickleNode& pair = tree_.at(node.items[i + 1]);
      const bool whole = name.kind == PickleKind::kString && pair.kind == PickleKind::kList &&
                         pair.items.size() == 2 &&
                         tree_.at(pair.items[0]).kind == PickleKind::kFloat &&
                         tree_.at(pair.items[1]).kind == PickleKind::kInt;
      if (!whole) fail("its meters are no sums with counts");
      meters.restore(name.text, tree_.at(pair.items[0]).real,
                     count("meters", tree_.at(pair.items[1]).number));
    }
  }

  NamedTensors read_tensors(NodeId id) const {
    NamedTensors tensors;
    const PickleNode& node = tree_.at(id);
    for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
      const PickleNode& name = tree_.at(node.items[i]);
      const PickleNode& value = tree_.at(node.items[i + 1]);
      if (name.kind != PickleKind::kString || value.kind != PickleKind::kTensor) continue;
      tensors.emplace_back(
          name.text, to_tensor(tree_.tensors[static_cast<std::size_t>(value.number)]).clone());
    }
    return tensors;
  }

  const PickleTree& tree_;
  const std::filesystem::path& path_;
};

}  // namespace

TrainingCheckpoint read_training_checkpoint(const std::filesystem::path& path) {
  return CheckpointReader(read_pth(path), path).read();
}

}  // namespace saccade
