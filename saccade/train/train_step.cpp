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

at::DeviceType device_of(const std::vector<ParamGroup>& groups) {
  const auto parameters = all_parameters(groups);
  return parameters.empty() ? at::kCPU : parameters.front().tensor.device().type();
}

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
               {.find_unused = may_leave_out(config)}),
      weight_casts_(/*adds_gradients=*/group.backend() == nullptr),
      device_(device_of(optimizer.groups())) {
  detector_.set_recompute(config.activation_checkpointing);
  if (config.precision == "fp16") scaler_.emplace();
}

at::Tensor TrainStep::forward(const TrainBatch& batch, std::span<const LossTarget> targets,
                              double num_boxes) {
  ModelOutput output;
  {
    const Autocast autocast(device_, autocast_type(config_.precision));
    const WeightCasts::Pass pass(weight_casts_);
    output = detector_.forward(batch.pixels, batch.mask);
  }
  for (at::Tensor* tensor :
       {&output.pred_logits, &output.pred_boxes, &output.enc_logits, &output.enc_boxes_unact}) {
    if (tensor->defined()) *tensor = tensor->to(at::kFloat);
  }
  try {
    const Losses losses = compute_losses(output, targets, num_boxes, criterion_);
    tally_.add(losses, 1.0 / config_.accumulate);
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

// The gradients of all parts and ranks; with float16 still times the loss scale.
void TrainStep::compute_gradients(std::span<const TrainBatch> parts, std::int64_t step) {
  std::vector<std::vector<LossTarget>> targets;
  for (const TrainBatch& part : parts) targets.push_back(loss_targets(part.targets));
  const double num_boxes = mean_boxes(targets);
  const double share = 1.0 / static_cast<double>(parts.size());
  tally_ = {};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    at::manual_seed(Random({config_.seed, static_cast<std::uint64_t>(step),
                            static_cast<std::uint64_t>(group_.rank()), i})
                        .next());
    if (last) reducer_.prepare_forward();
    at::Tensor loss = forward(parts[i], targets[i], num_boxes) * share;
    if (scaler_) loss = scaler_->scaled(loss);
    if (last) {
      reducer_.backward(loss);
    } else {
      const auto pause = reducer_.no_sync();
      reducer_.backward(loss);
    }
  }
}

// Only now, with backward in the queue of the device, is it waited for.
TrainStep::Numbers TrainStep::read_numbers(const std::vector<at::Tensor>& gradients) const {
  const at::NoGradGuard no_grad;
  const at::Tensor& losses = tally_.values();
  const auto number = [&](const at::Tensor& value) {
    return value.to(losses.options()).reshape({1});
  };
  std::vector<at::Tensor> all{losses};
  if (scaler_) all.push_back(number(scaler_->unscale(gradients)));
  all.push_back(number(gradient_norm(gradients)));
  const at::Tensor host = at::cat(all).to(at::kCPU);
  const double* more = host.const_data_ptr<double>() + losses.numel();
  Numbers numbers{.losses = tally_.report(host)};
  if (scaler_) numbers.overflow = *more++ > 0;
  numbers.grad_norm = *more;
  return numbers;
}

// One exchange a step: every value, whether anybody wants to stop and whether anybody's gradient overflowed. Those
// are the same on all ranks, as the gradients are; a step is skipped by all or none whatever happens.
StepReport TrainStep::reduce(const Numbers& own, bool stop) {
  StepReport all{own.losses};
  at::Tensor numbers = at::empty({static_cast<std::int64_t>(all.losses.size()) + 3}, at::kDouble);
  double* at = numbers.mutable_data_ptr<double>();
  *at++ = all.total;
  *at++ = stop ? 1 : 0;
  *at++ = own.overflow ? 1 : 0;
  for (const auto& loss : all.losses) *at++ = loss.value;
  group_.all_reduce_mean(numbers);
  const double* from = numbers.const_data_ptr<double>();
  all.total = *from++;
  all.stop = *from++ > 0;
  all.skipped = *from++ > 0;
  for (auto& loss : all.losses) loss.value = *from++;
  all.grad_norm = own.grad_norm;
  return all;
}

// A gradient beyond float16's range is no error while a smaller scale can help.
void TrainStep::check_finite(const StepReport& report, const LossReport& own_losses,
                             std::span<const TrainBatch> parts) const {
  const bool scale_helps = report.skipped && scaler_->state().scale > 1;
  const bool good_gradient = !report.skipped && std::isfinite(report.grad_norm);
  if (std::isfinite(report.total) && (scale_helps || good_gradient)) return;
  std::string losses;
  for (const auto& loss : own_losses.losses) {
    if (!std::isfinite(loss.value))
      losses += text_of(losses.empty() ? "" : ", ", loss.name, " ", loss.value);
  }
  const bool own = !std::isfinite(own_losses.total);
  if (losses.empty())
    losses = own                            ? "the weighted sum of the losses"
             : !std::isfinite(report.total) ? "a loss of another rank"
             : report.skipped
                 ? "the gradient, though the loss is not scaled any more (try --precision "
                   "bf16)"
                 : "the gradient's norm";
  throw Error(text_of("not finite: ", losses,
                      own || group_.size() == 1 ? "; images " + ids_of(parts) : "", ". ", kAdvice));
}

StepReport TrainStep::run(std::span<const TrainBatch> parts, std::int64_t step, double lr_factor,
                          bool stop) {
  const TrainingMode training(detector_);
  compute_gradients(parts, step);
  const std::vector<at::Tensor> gradients = gradients_of(optimizer_.groups());
  const Numbers own = read_numbers(gradients);
  const StepReport report = reduce(own, stop);
  check_finite(report, own.losses, parts);
  if (!report.skipped) {
    scale_to_norm(gradients, report.grad_norm, config_.clip_max_norm);
    optimizer_.step(lr_factor);
  }
  if (scaler_) scaler_->update(report.skipped);
  optimizer_.zero_grad();
  return report;
}

}  // namespace saccade
