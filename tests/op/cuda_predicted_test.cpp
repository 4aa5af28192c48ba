// The CUDA kernel over samples as the linear layers predict them, in emulation against the formula.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "saccade/op/cuda/ms_deform_attn_launch.h"
#include "tests/op/cuda_emulator.h"
#include "tests/op/cuda_formula.h"

namespace saccade::cuda {
namespace {

template <typename T>
void check_predicted(const Case& c, int reference_size) {
  SCOPED_TRACE(c.name);
  Data<T> d(c, 11);
  const Sizes s = sizes_of(c);
  std::mt19937 random(4);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> share(0.1, 0.9);
  std::vector<T> offsets(d.locations.size()), logits(d.weights.size());
  std::vector<float> references(
      static_cast<std::size_t>(c.batch * c.queries * s.num_levels * reference_size));
  for (T& x : offsets) round_to(2 * normal(random), x);
  for (T& x : logits) round_to(3 * normal(random), x);
  for (float& x : references) x = static_cast<float>(share(random));
  const int samples = s.samples();
  for (std::size_t row = 0; row < d.weights.size() / static_cast<std::size_t>(samples); ++row) {
    double sum = 0;
    for (int i = 0; i < samples; ++i) sum += std::exp(widened(logits[row * samples + i]));
    for (int i = 0; i < samples; ++i) {
      const std::size_t at = row * samples + i;
      const int l = i / s.points;
      const float* r = &references[(row / static_cast<std::size_t>(c.heads) * s.num_levels + l) *
                                   reference_size];
      const double x = widened(offsets[2 * at]), y = widened(offsets[2 * at + 1]);
      d.weights[at] = static_cast<float>(std::exp(widened(logits[at])) / sum);
      d.locations[2 * at] = static_cast<float>(
          r[0] + (reference_size == 2 ? x / s.levels[l].width : x / s.points * r[2] * 0.5));
      d.locations[2 * at + 1] = static_cast<float>(
          r[1] + (reference_size == 2 ? y / s.levels[l].height : y / s.points * r[3] * 0.5));
    }
  }
  start_predicted_forward<T>(
      {.sizes = s,
       .samples = {offsets.data(), logits.data(), references.data(), reference_size},
       .value = d.value.data(),
       .out = d.out.data()},
      nullptr);
  // Where a sample lies is rounded once or twice more: a tolerance wider than that of given samples.
  expect_near(d.out, expect(c, d).out, 2 * tolerance<T>() + 4e-5, "out");
}

template <typename T>
class PredictedSamplesOnCuda : public testing::Test {
  void SetUp() override { emulation() = {}; }
};
using PredictedTypes = testing::Types<float, Half, BFloat16>;
TYPED_TEST_SUITE(PredictedSamplesOnCuda, PredictedTypes);

TYPED_TEST(PredictedSamplesOnCuda, AreOffsetsFromTheReferenceAndASoftmax) {
  for (const Case& c : cases()) {
    check_predicted<TypeParam>(c, 2);
    check_predicted<TypeParam>(c, 4);
  }
}

}  // namespace
}  // namespace saccade::cuda
