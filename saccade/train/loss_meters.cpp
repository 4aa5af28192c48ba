// Running means of what a run logs.
#include "saccade/train/loss_meters.h"

#include <algorithm>

namespace saccade {

LossMeters::Meter& LossMeters::meter(std::string_view name) {
  for (Meter& m : meters_) {
    if (m.name == name) return m;
  }
  meters_.push_back({.name = std::string(name)});
  return meters_.back();
}

void LossMeters::add(std::string_view name, double value) {
  Meter& m = meter(name);
  m.sum += value;
  ++m.count;
  m.window.push_back(value);
  if (m.window.size() > kWindow) m.window.pop_front();
}

const LossMeters::Meter* LossMeters::find(std::string_view name) const {
  for (const Meter& m : meters_) {
    if (m.name == name) return &m;
  }
  return nullptr;
}

double LossMeters::recent(std::string_view name) const {
  const Meter* m = find(name);
  if (m == nullptr || m->window.empty()) return 0;
  std::vector<double> values(m->window.begin(), m->window.end());
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void LossMeters::restore(std::string name, double sum, std::int64_t count) {
  Meter& m = meter(name);
  m.sum = sum;
  m.count = count;
}

}  // namespace saccade
