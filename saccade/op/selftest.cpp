// The operator's own check: shapes, numbers and tolerances of the original unit test (op.md 6).
#include "saccade/op/selftest.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <ostream>
#include <vector>

#include "saccade/op/devices.h"
#include "saccade/op/ms_deform_attn.h"
#include "saccade/op/ms_deform_attn_reference.h"
#include "saccade/op/parallel_parts.h"

namespace saccade {
namespace {

constexpr std::int64_t kHeads = 2, kQueries = 2, kLevels = 2, kPoints = 2, kTokens = 30;

struct Inputs {
  at::Tensor value, shapes, locations, weights;

  at::Tensor run() const { return ms_deform_attn(value, shapes, locations, weights); }
};

// On the CPU whatever the device, so that each device sees the same numbers.
Inputs make_inputs(std::int64_t channels, at::ScalarType type, const at::Device& device) {
  Inputs in;
  in.shapes = at::tensor({6, 4, 3, 2}, at::kLong).view({kLevels, 2});
  in.value = at::rand({1, kTokens, kHeads, channels}) * 0.01;
  in.locations = at::rand({1, kQueries, kHeads, kLevels, kPoints, 2});
  const auto weights = at::rand({1, kQueries, kHeads, kLevels, kPoints}) + 1e-5;
  in.weights = weights / weights.sum({-2, -1}, /*keepdim=*/true);
  for (at::Tensor* t : {&in.value, &in.locations, &in.weights}) *t = t->to(device, type);
  return in;
}

// Largest errors seen, and whether each stayed within absolute + relative * |expected|.
struct Comparison {
  double relative = 1e-5;
  double absolute = 1e-8;
  bool holds = true;
  double largest_absolute = 0;
  double largest_relative = 0;

  void add(double got, double expected) {
    const double error = std::abs(got - expected);
    holds = holds && error <= absolute + relative * std::abs(expected);  // false for NaN
    largest_absolute = std::max(largest_absolute, error);
    if (expected != 0) largest_relative = std::max(largest_relative, error / std::abs(expected));
  }
  void merge(const Comparison& other) {
    holds = holds && other.holds;
    largest_absolute = std::max(largest_absolute, other.largest_absolute);
    largest_relative = std::max(largest_relative, other.largest_relative);
  }
  void add(const at::Tensor& got, const at::Tensor& expected) {
    const auto a = got.to(at::kCPU, at::kDouble).contiguous();
    const auto b = expected.to(at::kCPU, at::kDouble).contiguous();
    for (std::int64_t i = 0; i < a.numel(); ++i)
      add(a.const_data_ptr<double>()[i], b.const_data_ptr<double>()[i]);
  }
};

Comparison check_forward(at::ScalarType type, const at::Device& device) {
  const auto in = make_inputs(2, type, device);
  Comparison result;
  if (type == at::kFloat) result = {.relative = 1e-2, .absolute = 1e-3};
  result.add(in.run(), ms_deform_attn_reference(in.value, in.shapes, in.locations, in.weights));
  return result;
}

// Central difference of the output as `part`, a view into an input, moves by one step.
at::Tensor central_difference(const Inputs& in, at::Tensor part) {
  constexpr double kStep = 1e-6;
  const at::NoGradGuard no_gradients;
  const auto kept = part.clone();
  part.copy_(kept + kStep);
  const auto after = in.run();
  part.copy_(kept - kStep);
  const auto before = in.run();
  part.copy_(kept);
  return (after - before) / (2 * kStep);
}

// One row per element of `input`, one column per output: [elements, Q * M * D].
at::Tensor numerical_jacobian(const Inputs& in, const at::Tensor& input) {
  const auto elements = input.view(-1);
  std::vector<at::Tensor> rows;
  for (std::int64_t i = 0; i < elements.numel(); ++i)
    rows.push_back(central_difference(in, elements[i]).view(-1));
  return at::stack(rows).cpu();
}

// An output's channel depends on that channel of the value alone, so all channels of a token and
// head move at once: [S * M, Q * M * D], entry (row, output) is the derivative by the output's own
// channel of that row. (check_gradients sees to it that all other derivatives are 0.)
at::Tensor numerical_jacobian_of_value(const Inputs& in) {
  const auto rows_of_channels = in.value.view({kTokens * kHeads, -1});
  std::vector<at::Tensor> rows;
  for (std::int64_t i = 0; i < rows_of_channels.size(0); ++i)
    rows.push_back(central_difference(in, rows_of_channels[i]).view(-1));
  return at::stack(rows).cpu();
}

// The gradient of one output by the value against that output's column of the numerical Jacobian.
void compare_value_gradient(const at::Tensor& gradient, const at::Tensor& numerical,
                            std::int64_t output, std::int64_t channels, Comparison& result) {
  const auto own = gradient.view({kTokens * kHeads, channels}).select(1, output % channels);
  result.add(own, numerical.select(1, output));
  const auto elsewhere = gradient.count_nonzero() - own.count_nonzero();
  result.add(elsewhere.item<double>(), 0.0);
}

// Every derivative of every output in float64, as the backward kernels give them and by central
// differences.
Comparison check_gradients(std::int64_t channels, const at::Device& device) {
  auto in = make_inputs(channels, at::kDouble, device);
  const auto by_value = numerical_jacobian_of_value(in);
  const auto by_locations = numerical_jacobian(in, in.locations);
  const auto by_weights = numerical_jacobian(in, in.weights);
  for (at::Tensor* t : {&in.value, &in.locations, &in.weights}) t->requires_grad_();
  constexpr Comparison kNothingYet{.relative = 1e-3, .absolute = 1e-5};
  Comparison result = kNothingYet;
  std::mutex merging;
  parallel_parts(by_value.size(1), 1, [&](std::int64_t begin, std::int64_t end) {
    const at::AutoGradMode gradients_wanted(true);
    Comparison mine = kNothingYet;
    const auto out = in.run();
    const auto direction = at::zeros_like(out);
    for (std::int64_t i = begin; i < end; ++i) {
      direction.view(-1)[i].fill_(1.0);
      const auto gradients = torch::autograd::grad({out}, {in.value, in.locations, in.weights},
                                                   {direction}, /*retain_graph=*/true);
      direction.view(-1)[i].zero_();
      compare_value_gradient(gradients[0], by_value, i, channels, mine);
      mine.add(gradients[1].view(-1), by_locations.select(1, i));
      mine.add(gradients[2].view(-1), by_weights.select(1, i));
    }
    const std::lock_guard lock(merging);
    result.merge(mine);
  });
  return result;
}

bool report(std::ostream& out, const std::string& what, const Comparison& result) {
  out << (result.holds ? "True" : "False") << "  " << what << ": max abs error "
      << result.largest_absolute << ", max relative error " << result.largest_relative << std::endl;
  return result.holds;
}

bool check_device(std::ostream& out, const at::Device& device) {
  at::manual_seed(3);
  const std::string where = " on " + device.str();
  bool all = report(out, "forward float64" + where, check_forward(at::kDouble, device));
  all = report(out, "forward float32" + where, check_forward(at::kFloat, device)) && all;
  for (const std::int64_t channels : {30, 32, 64, 71, 1025, 2048, 3096}) {
    const auto what = "gradients float64, " + std::to_string(channels) + " channels" + where;
    all = report(out, what, check_gradients(channels, device)) && all;
  }
  return all;
}

}  // namespace

bool run_op_selftest(std::ostream& out) {
  const OpenedDevice chosen = open_device("auto");
  if (!chosen.note.empty()) out << "no check on a GPU: " << chosen.note << std::endl;
  bool all = true;
  for (const at::Device& device : usable_devices()) all = check_device(out, device) && all;
  out << "all checking is " << (all ? "True" : "False") << std::endl;
  return all;
}

}  // namespace saccade
