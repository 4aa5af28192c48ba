// The losses of a forward pass as numbers.
#include "saccade/train/loss_report.h"

#include <ATen/ATen.h>

namespace saccade {

void LossReport::add(const Losses& of, double share) {
  LossTally tally;
  tally.add(of, share);
  const LossReport more = tally.report(tally.values().to(at::kCPU));
  total += more.total;
  losses.resize(more.losses.size());
  for (std::size_t i = 0; i < losses.size(); ++i) {
    losses[i].name = more.losses[i].name;
    losses[i].weight = more.losses[i].weight;
    losses[i].value += more.losses[i].value;
  }
}

void LossTally::add(const Losses& of, double share) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> all{of.total};
  names_.losses.clear();
  for (const LossValue& loss : of.values) {
    all.push_back(loss.value);
    names_.losses.push_back({.name = loss.name, .weight = loss.weight});
  }
  const at::Tensor shares = at::stack(all).to(at::kDouble) * share;
  values_ = values_.defined() ? values_ + shares : shares;
}

LossReport LossTally::report(const at::Tensor& values) const {
  LossReport report = names_;
  const double* from = values.const_data_ptr<double>();
  report.total = *from++;
  for (LossReport::Value& loss : report.losses) loss.value = *from++;
  return report;
}

void add_to_meters(LossMeters& meters, const LossReport& report) {
  for (const auto& loss : report.losses) {
    if (loss.name == "class_error") meters.add("class_error", loss.value);
  }
  meters.add("loss", report.total);
  for (const auto& loss : report.losses) {
    if (loss.weight != 0) meters.add(loss.name, loss.value * loss.weight);
  }
  for (const auto& loss : report.losses) meters.add(loss.name + "_unscaled", loss.value);
}

}  // namespace saccade
