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

  // Adds `share` of these losses; reports of one run have the same names. Waits for the device.
  void add(const Losses& losses, double share = 1);
};

// Losses of a step, added up where they were computed: to read a number of a GPU is to wait for it, so
// all are read at once when the step has nothing else left to do.
class LossTally {
 public:
  // Losses of one step have the same names.
  void add(const Losses& losses, double share = 1);
  // [1 + losses] float64: the total and every value.
  const at::Tensor& values() const { return values_; }
  // `values` of the tally, on the host.
  LossReport report(const at::Tensor& values) const;

 private:
  LossReport names_;  // without numbers
  at::Tensor values_;
};

// Under the official names: loss, loss_ce (weighted), loss_ce_unscaled, class_error ...
// Source: training.md 6.2.
void add_to_meters(LossMeters& meters, const LossReport& report);

}  // namespace saccade
