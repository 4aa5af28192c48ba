// The losses of a forward pass as numbers.
#include "saccade/train/loss_report.h"

#include <ATen/ATen.h>

namespace saccade {

void LossReport::add(const Losses& of, double share) {
  total += of.total.item<double>() * share;
  losses.resize(of.values.size());
  for (std::size_t i = 0; i < of.values.size(); ++i) {
    losses[i].name = of.values[i].name;
    losses[i].weight = of.values[i].weight;
    losses[i].value += of.values[i].value.item<double>() * share;
  }
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
