// The inner loops of matching, on every instruction set this machine has.
#include "saccade/loss/cpu/match_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "saccade/core/cpu_isa.h"
#include "saccade/core/random.h"

namespace saccade {
namespace {

const MatchKernels& kernels_of(CpuIsa isa) {
  const CpuIsa before = cpu_isa();
  set_cpu_isa(isa);
  const MatchKernels& kernels = match_kernels();
  set_cpu_isa(before);
  return kernels;
}

std::vector<float> random_numbers(Random& random, std::int64_t count, double low, double high) {
  std::vector<float> numbers(count);
  for (float& number : numbers) number = static_cast<float>(low + (high - low) * random.uniform());
  return numbers;
}

double focal_cost(double logit) {
  const double p = 1 / (1 + std::exp(-logit));
  return 0.25 * (1 - p) * (1 - p) * -std::log(p + 1e-8) - 0.75 * p * p * -std::log(1 - p + 1e-8);
}

TEST(MatchKernels, FocalCostIsTheFormula) {
  std::vector<float> logits = {0, -0.0F, 120, -120, 1e30F, -1e30F};
  for (float logit = -25; logit < 25; logit += 0.001F) logits.push_back(logit);
  std::vector<float> costs = logits;
  match_kernels().cost.focal(costs.data(), std::ssize(costs));
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double expected = focal_cost(logits[i]);
    // Two last places of p, in any formula of float32; the logarithm of 1 - p is as steep as 1 / (1 - p).
    const double lost = 1.2e-7 / (1 / (1 + std::exp(double{logits[i]})) + 1e-8);
    ASSERT_NEAR(costs[i], expected, 1e-6 * (1 + std::abs(expected)) + lost) << logits[i];
  }
  EXPECT_LT(*std::max_element(costs.begin(), costs.end()), 5);
}

TEST(MatchKernels, PairCostsAreThoseInDouble) {
  Random random(1);
  const std::int64_t count = 37;
  const auto boxes = random_numbers(random, count * 4, 0.1, 0.5);
  const auto classes = random_numbers(random, count, -1, 1);
  const std::vector<double> boxes_double(boxes.begin(), boxes.end());
  const std::vector<double> classes_double(classes.begin(), classes.end());
  const float object[] = {0.25F, 0.375F, 0.5F, 0.25F};
  const double object_double[] = {0.25, 0.375, 0.5, 0.25};
  std::vector<float> rows(kBoxRows * count);
  std::vector<double> rows_double(kBoxRows * count), costs(count), costs_double(count);

  const auto& kernels = match_kernels().cost;
  kernels.box_rows(boxes.data(), count, rows.data());
  kernels.pair(rows.data(), classes.data(), count, object, {2, 5, 2}, costs.data());
  const auto& in_double = cost_kernels_double();
  in_double.box_rows(boxes_double.data(), count, rows_double.data());
  in_double.pair(rows_double.data(), classes_double.data(), count, object_double, {2, 5, 2},
                 costs_double.data());

  for (std::int64_t i = 0; i < count; ++i) EXPECT_NEAR(costs[i], costs_double[i], 4e-6);
}

// Equal predictions must cost the same wherever they stand, and a run the same on every machine.
TEST(MatchKernels, AllSetsGiveTheSameBitsWhateverTheCount) {
  Random random(2);
  const MatchKernels& plain = kernels_of(CpuIsa::kGeneric);
  for (const CpuIsa isa : available_cpu_isas()) {
    const MatchKernels& kernels = kernels_of(isa);
    for (std::int64_t count = 1; count < 70; ++count) {
      const auto boxes = random_numbers(random, count * 4, 0, 1);
      auto focal = random_numbers(random, count, -20, 20), expected_focal = focal;
      kernels.cost.focal(focal.data(), count);
      plain.cost.focal(expected_focal.data(), count);
      EXPECT_EQ(focal, expected_focal) << name_of(isa) << " " << count;

      std::vector<float> rows(kBoxRows * count), expected_rows = rows;
      kernels.cost.box_rows(boxes.data(), count, rows.data());
      plain.cost.box_rows(boxes.data(), count, expected_rows.data());
      EXPECT_EQ(rows, expected_rows) << name_of(isa) << " " << count;

      std::vector<double> costs(count), expected_costs(count);
      kernels.cost.pair(rows.data(), focal.data(), count, boxes.data(), {2, 5, 2}, costs.data());
      plain.cost.pair(rows.data(), focal.data(), count, boxes.data(), {2, 5, 2},
                      expected_costs.data());
      EXPECT_EQ(costs, expected_costs) << name_of(isa) << " " << count;
    }
  }
}

template <typename T, typename Kernel>
void expect_finds_each(Kernel all_finite) {
  std::vector<T> numbers(67, std::numeric_limits<T>::max());
  numbers[3] = std::numeric_limits<T>::denorm_min();
  EXPECT_TRUE(all_finite(numbers.data(), std::ssize(numbers)));
  EXPECT_TRUE(all_finite(numbers.data(), 0));
  for (T& number : numbers) {
    const T before = number;
    for (const double wrong : {std::nan(""), -std::nan(""), HUGE_VAL, -HUGE_VAL}) {
      number = static_cast<T>(wrong);
      EXPECT_FALSE(all_finite(numbers.data(), std::ssize(numbers)));
    }
    number = before;
  }
}

TEST(MatchKernels, OneNumberThatIsNotFiniteIsFoundAnywhere) {
  for (const CpuIsa isa : available_cpu_isas()) {
    expect_finds_each<float>(kernels_of(isa).cost.all_finite);
    expect_finds_each<double>(kernels_of(isa).assign.all_finite);
  }
}

}  // namespace
}  // namespace saccade
