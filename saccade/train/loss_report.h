// The losses of a forward pass as numbers, and how they are logged.
#pragma once

#include <string>
#include <vector>

#include "saccade/loss/criterion.h"
#include "saccade/train/loss_meters.h"

namespace saccade {

struct LossReport {
  struct Value {
    std::string name;  // as in Losses
    double value = 0;  // before its weight
    double weight = 0;
  };
  std::vector<Value> losses;
  double total = 0;  // weighted sum

  // Adds `share` of these losses; reports of one run have the same names.
  void add(const Losses& losses, double share = 1);
};

// Under the official names: loss, loss_ce (weighted), loss_ce_unscaled, class_error ...
// Source: training.md 6.2.
void add_to_meters(LossMeters& meters, const LossReport& report);

}  // namespace saccade
