// One optimizer step.
#include "saccade/train/train_step.h"

#include <ATen/ATen.h>

#include <cmath>

#include "saccade/core/error.h"
#include "saccade/core/random.h"
#include "saccade/op/autocast.h"

namespace saccade {
namespace {

constexpr const char* kAdvice =
    "Nothing of this step was kept and the last checkpoint is whole. Look at these images (saccade "
    "data check, data show), or lower --lr";

std::vector<at::Tensor> tensors_of(const std::vector<Parameter>& parameters) {
  std::vector<at::Tensor> tensors;
  for (const Parameter& p : parameters) tensors.push_back(p.tensor);
  return tensors;
}

std::vector<std::string> names_of(const std::vector<Parameter>& parameters) {
  std::vector<std::string> names;
  for (const Parameter& p : parameters) names.push_back(p.name);
  return names;
}

std::string ids_of(std::span<const TrainBatch> parts) {
  std::string ids;
  for (const TrainBatch& part : parts) {
    for (const Target& target : part.targets)
      ids += (ids.empty() ? "" : ", ") + id_text(target.image_id);
  }
  return ids;
}

// On while it lives.
class TrainingMode {
 public:
  explicit TrainingMode(Detector& detector) : detector_(detector) { detector_.set_training(true); }
  ~TrainingMode() { detector_.set_training(false); }
  TrainingMode(const TrainingMode&) = delete;
  TrainingMode& operator=(const TrainingMode&) = delete;

 private:
  Detector& detector_;
};

// A head whose losses all have weight 0 gets no gradient. (Those of the earlier layers without auxiliary
// losses get a zero one: the layers are stacked.)
bool may_leave_out(const TrainConfig& c) {
  return c.cls_loss_coef == 0 || (c.bbox_loss_coef == 0 && c.giou_loss_coef == 0);
}

}  // namespace

CriterionOptions criterion_of(const TrainConfig& c) {
  CriterionOptions o = CriterionOptions::defaults(c.model.family);
  o.matcher.cost_class = c.set_cost_class;
  o.matcher.cost_bbox = c.set_cost_bbox;
  o.matcher.cost_giou = c.set_cost_giou;
  o.cls_loss_coef = c.cls_loss_coef;
  o.bbox_loss_coef = c.bbox_loss_coef;
  o.giou_loss_coef = c.giou_loss_coef;
  o.focal_alpha = c.focal_alpha;
  o.eos_coef = c.eos_coef;
  o.aux_loss = c.aux_loss;
  return o;
}

std::vector<LossTarget> loss_targets(const std::vector<Target>& targets) {
  std::vector<LossTarget> all;
  for (const Target& target : targets) all.push_back({labels_of(target), boxes_cxcywh(target)});
  return all;
}

TrainStep::TrainStep(const TrainConfig& config, Detector& detector, Optimizer& optimizer,
                     ProcessGroup& group)
    : config_(config),
      detector_(detector),
      optimizer_(optimizer),
      group_(group),
      criterion_(criterion_of(config)),
      reducer_(group, tensors_of(all_parameters(optimizer.groups())),
               names_of(all_parameters(optimizer.groups())),
               {.find_unused = may_leave_out(config)}) {
  detector_.set_recompute(config.activation_checkpointing);
}

at::Tensor TrainStep::forward(const TrainBatch& batch, std::span<const LossTarget> targets,
                              double num_boxes) {
  ModelOutput output;
  {
    const Autocast autocast(batch.pixels.device().type(), autocast_type(config_.precision));
    output = detector_.forward(batch.pixels, batch.mask);
  }
  for (at::Tensor* tensor :
       {&output.pred_logits, &output.pred_boxes, &output.enc_logits, &output.enc_boxes_unact}) {
    if (tensor->defined()) *tensor = tensor->to(at::kFloat);
  }
  try {
    const Losses losses = compute_losses(output, targets, num_boxes, criterion_);
    own_.add(losses, 1.0 / config_.accumulate);
    return losses.total;
  } catch (const Error& error) {  // the matcher takes nothing that is not finite
    throw Error(text_of(error.what(), "; images ", ids_of(std::span(&batch, 1)), ". ", kAdvice));
  }
}

// Objects per rank and part, on average over all of them.
double TrainStep::mean_boxes(const std::vector<std::vector<LossTarget>>& targets) {
  double count = 0;
  for (const auto& part : targets) count += count_boxes(part);
  at::Tensor mean = at::full({}, count / static_cast<double>(targets.size()), at::kDouble);
  group_.all_reduce_mean(mean);
  return mean.item<double>();
}

// One exchange a step: every value, and whether anybody wants to stop.
StepReport TrainStep::reduce(bool stop) {
  StepReport all{own_};
  at::Tensor numbers = at::empty({static_cast<std::int64_t>(all.losses.size()) + 2}, at::kDouble);
  double* at = numbers.mutable_data_ptr<double>();
  *at++ = all.total;
  *at++ = stop ? 1 : 0;
  for (const auto& loss : all.losses) *at++ = loss.value;
  group_.all_reduce_mean(numbers);
  const double* from = numbers.const_data_ptr<double>();
  all.total = *from++;
  all.stop = *from++ > 0;
  for (auto& loss : all.losses) loss.value = *from++;
  return all;
}

void TrainStep::check_finite(const StepReport& report, std::span<const TrainBatch> parts) const {
  if (std::isfinite(report.total) && std::isfinite(report.grad_norm)) return;
  std::string losses;
  for (const auto& loss : own_.losses) {
    if (!std::isfinite(loss.value))
      losses += text_of(losses.empty() ? "" : ", ", loss.name, " ", loss.value);
  }
  const bool own = !std::isfinite(own_.total);
  if (losses.empty())
    losses = own                           ? "the weighted sum of the losses"
             : std::isfinite(report.total) ? "the gradient's norm"
                                           : "a loss of another rank";
  throw Error(text_of("not finite: ", losses,
                      own || group_.size() == 1 ? "; images " + ids_of(parts) : "", ". ", kAdvice));
}

StepReport TrainStep::run(std::span<const TrainBatch> parts, std::int64_t step, double lr_factor,
                          bool stop) {
  std::vector<std::vector<LossTarget>> targets;
  for (const TrainBatch& part : parts) targets.push_back(loss_targets(part.targets));
  const double num_boxes = mean_boxes(targets);
  const double share = 1.0 / static_cast<double>(parts.size());
  own_ = {};
  const TrainingMode training(detector_);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    at::manual_seed(Random({config_.seed, static_cast<std::uint64_t>(step),
                            static_cast<std::uint64_t>(group_.rank()), i})
                        .next());
    if (last) reducer_.prepare_forward();
    const at::Tensor loss = forward(parts[i], targets[i], num_boxes) * share;
    if (last) {
      reducer_.backward(loss);
    } else {
      const auto pause = reducer_.no_sync();
      reducer_.backward(loss);
    }
  }
  StepReport report = reduce(stop);
  report.grad_norm = clip_gradients(optimizer_.groups(), config_.clip_max_norm);
  check_finite(report, parts);
  optimizer_.step(lr_factor);
  optimizer_.zero_grad();
  return report;
}

}  // namespace saccade
