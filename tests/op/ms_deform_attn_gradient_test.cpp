// Gradients of ms_deform_attn on every instruction set of this processor.
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <limits>

#include "saccade/core/cpu_isa.h"
#include "saccade/op/ms_deform_attn.h"
#include "saccade/op/ms_deform_attn_reference.h"

namespace saccade {
namespace {

using at::Tensor;

const Tensor& three_levels() {
  static const Tensor shapes = at::tensor({5, 7, 3, 4, 1, 1}, at::kLong).view({3, 2});
  return shapes;  // 35 + 12 + 1 tokens
}

struct Inputs {
  Tensor value, locations, weights;
};

Inputs random_inputs(std::int64_t batch, std::int64_t queries, std::int64_t heads,
                     std::int64_t channels, std::int64_t points, at::ScalarType type) {
  return {at::randn({batch, 48, heads, channels}, type),
          at::rand({batch, queries, heads, 3, points, 2}, type) * 1.4 - 0.2,
          at::rand({batch, queries, heads, 3, points}, type)};
}

using Operator = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const Tensor&);

std::vector<Tensor> gradients(const Inputs& in, const Tensor& grad_out, Operator op) {
  const auto leaf = [](const Tensor& t) { return t.detach().clone().requires_grad_(); };
  const std::vector<Tensor> inputs{leaf(in.value), leaf(in.locations), leaf(in.weights)};
  const auto out = op(inputs[0], three_levels(), inputs[1], inputs[2]);
  return torch::autograd::grad({out}, inputs, {grad_out});
}

class MsDeformAttnGradientOn : public testing::TestWithParam<CpuIsa> {
 protected:
  void SetUp() override {
    chosen_ = cpu_isa();
    set_cpu_isa(GetParam());
    at::manual_seed(11);
  }
  void TearDown() override { set_cpu_isa(chosen_); }

 private:
  CpuIsa chosen_ = CpuIsa::kGeneric;
};

INSTANTIATE_TEST_SUITE_P(Cpu, MsDeformAttnGradientOn, testing::ValuesIn(available_cpu_isas()),
                         [](const auto& info) { return name_of(info.param); });

// One sample on a level of one row and two cells, 1 and 4, a quarter of the way between them.
TEST(MsDeformAttnGradient, IsWhatTheHandSays) {
  const auto shapes = at::tensor({1, 2}, at::kLong).view({1, 2});
  const auto value = at::tensor({1.0, 4.0}, at::kDouble).view({1, 2, 1, 1}).requires_grad_();
  const auto location =
      at::tensor({0.75 / 2, 0.5}, at::kDouble).view({1, 1, 1, 1, 1, 2}).requires_grad_();
  const auto weight = at::full({1, 1, 1, 1, 1}, 2.0, at::kDouble).requires_grad_();

  ms_deform_attn(value, shapes, location, weight).backward(at::full({1, 1, 1}, 10.0, at::kDouble));

  EXPECT_DOUBLE_EQ(value.grad()[0][0].item<double>(), 15.0);  // 10 * 2 * 0.75
  EXPECT_DOUBLE_EQ(value.grad()[0][1].item<double>(), 5.0);
  EXPECT_DOUBLE_EQ(weight.grad().item<double>(), 17.5);  // 10 * (0.75 * 1 + 0.25 * 4)
  const auto by_location = location.grad().view(-1);
  EXPECT_DOUBLE_EQ(by_location[0].item<double>(), 120.0);  // 2 cells * 10 * 2 * (4 - 1)
  // Exactly on the row the derivative is the one below it, where the padding begins.
  EXPECT_DOUBLE_EQ(by_location[1].item<double>(), -35.0);  // 1 cell * 10 * 2 * (0 - 1.75)
}

TEST_P(MsDeformAttnGradientOn, MatchesTheReferenceForEverySize) {
  struct Case {
    std::int64_t batch, queries, heads, channels, points;
  };
  for (const Case& c : {Case{1, 9, 8, 32, 4}, Case{1, 48, 2, 32, 4}, Case{2, 3, 3, 16, 1},
                        Case{1, 4, 1, 64, 8}, Case{2, 5, 2, 24, 5}, Case{1, 4, 3, 7, 3},
                        Case{1, 3, 1, 112, 6}, Case{65, 2, 1, 8, 2}, Case{1, 2, 1, 32, 50}}) {
    const auto in = random_inputs(c.batch, c.queries, c.heads, c.channels, c.points, at::kFloat);
    const auto grad_out = at::randn({c.batch, c.queries, c.heads * c.channels});
    const auto got = gradients(in, grad_out, &ms_deform_attn);
    const auto expected = gradients(in, grad_out, &ms_deform_attn_reference);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double scale = expected[i].abs().max().item<double>();
      EXPECT_LT((got[i] - expected[i]).abs().max().item<double>(), 2e-5 * scale)
          << "input " << i << ", value " << in.value.sizes() << ", queries " << c.queries;
    }
  }
}

TEST(MsDeformAttnGradient, AgreesWithCentralDifferences) {
  at::manual_seed(5);
  const auto in = random_inputs(1, 3, 2, 3, 2, at::kDouble);
  const auto grad_out = at::randn({1, 3, 6}, at::kDouble);
  const auto loss = [&] {
    return (ms_deform_attn(in.value, three_levels(), in.locations, in.weights) * grad_out)
        .sum()
        .item<double>();
  };
  const auto got = gradients(in, grad_out, &ms_deform_attn);
  const std::vector<Tensor> inputs{in.value, in.locations, in.weights};
  constexpr double kStep = 1e-6;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    double* at = inputs[k].data_ptr<double>();
    for (std::int64_t i = 0; i < inputs[k].numel(); ++i) {
      const double kept = at[i];
      at[i] = kept + kStep;
      const double after = loss();
      at[i] = kept - kStep;
      const double before = loss();
      at[i] = kept;
      const double numerical = (after - before) / (2 * kStep);
      EXPECT_NEAR(got[k].view(-1)[i].item<double>(), numerical, 1e-5 + 1e-3 * std::abs(numerical))
          << "input " << k << " element " << i;
    }
  }
}

// <grad_out, J v> = <J^T grad_out, v> for the two inputs the operator is linear in.
TEST_P(MsDeformAttnGradientOn, IsTheAdjointOfTheForwardPass) {
  const auto in = random_inputs(2, 20, 4, 32, 4, at::kFloat);
  const auto grad_out = at::randn({2, 20, 128});
  const auto got = gradients(in, grad_out, &ms_deform_attn);
  const auto dot = [](const Tensor& a, const Tensor& b) {
    return (a.to(at::kDouble) * b.to(at::kDouble)).sum().item<double>();
  };
  const double forward =
      dot(grad_out, ms_deform_attn(in.value, three_levels(), in.locations, in.weights));
  const double size = std::sqrt(dot(grad_out, grad_out));
  EXPECT_NEAR(dot(got[0], in.value), forward, 1e-4 * size);
  EXPECT_NEAR(dot(got[2], in.weights), forward, 1e-4 * size);
}

TEST_P(MsDeformAttnGradientOn, SamplesOutsideOrNotNumbersGetNone) {
  auto in = random_inputs(1, 4, 2, 32, 4, at::kFloat);
  in.locations.select(4, 1).fill_(std::numeric_limits<float>::quiet_NaN());
  in.locations.select(4, 2).fill_(-3.0);
  const auto got = gradients(in, at::randn({1, 4, 64}), &ms_deform_attn);
  for (const int point : {1, 2}) {
    EXPECT_TRUE(got[1].select(4, point).eq(0).all().item<bool>());
    EXPECT_TRUE(got[2].select(4, point).eq(0).all().item<bool>());
  }
  EXPECT_TRUE(got[0].isfinite().all().item<bool>());
  EXPECT_GT(got[1].abs().max().item<double>(), 0.0);
}

TEST_P(MsDeformAttnGradientOn, HasTheSameBitsOnEveryRunAndForEveryNumberOfThreads) {
  const auto in = random_inputs(8, 48, 4, 32, 4, at::kFloat);  // enough work for all of them
  const auto grad_out = at::randn({8, 48, 128});
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto expected = gradients(in, grad_out, &ms_deform_attn);
  for (const int count : {1, 2, 3, 8}) {
    at::set_num_threads(count);
    const auto got = gradients(in, grad_out, &ms_deform_attn);
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(at::equal(got[i], expected[i])) << i;
  }
  at::set_num_threads(threads);
}

TEST_P(MsDeformAttnGradientOn, Bfloat16StaysWithinAHundredth) {
  const auto in = random_inputs(1, 48, 2, 32, 4, at::kFloat);
  const auto rounded = [](const Tensor& t) { return t.to(at::kBFloat16); };
  const auto grad_out = rounded(at::randn({1, 48, 64}));
  const Inputs low{rounded(in.value), in.locations, rounded(in.weights)};
  const Inputs same{low.value.to(at::kFloat), in.locations, low.weights.to(at::kFloat)};
  const auto got = gradients(low, grad_out, &ms_deform_attn);
  const auto expected = gradients(same, grad_out.to(at::kFloat), &ms_deform_attn_reference);
  EXPECT_EQ(got[0].scalar_type(), at::kBFloat16);
  EXPECT_EQ(got[1].scalar_type(), at::kFloat);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double scale = expected[i].abs().max().item<double>();
    EXPECT_LT((got[i].to(at::kFloat) - expected[i]).abs().max().item<double>(), 1e-2 * scale) << i;
  }
}

TEST(MsDeformAttnGradient, NoQueriesGiveZeroGradients) {
  const auto in = random_inputs(2, 0, 2, 8, 4, at::kFloat);
  const auto got = gradients(in, at::zeros({2, 0, 16}), &ms_deform_attn);
  EXPECT_EQ(got[0].sizes(), in.value.sizes());
  EXPECT_TRUE(got[0].eq(0).all().item<bool>());
}

TEST(MsDeformAttnGradient, IsNotTracedWhereNobodyAskedForIt) {
  const auto in = random_inputs(1, 2, 2, 8, 2, at::kFloat);
  in.value.requires_grad_();
  {
    const at::NoGradGuard no_gradients;
    EXPECT_FALSE(
        ms_deform_attn(in.value, three_levels(), in.locations, in.weights).requires_grad());
  }
  EXPECT_TRUE(ms_deform_attn(in.value, three_levels(), in.locations, in.weights).requires_grad());
}

TEST(MsDeformAttnGradient, RefusesASecondDerivative) {
  const auto in = random_inputs(1, 2, 2, 8, 2, at::kFloat);
  in.weights.requires_grad_();
  const auto out = ms_deform_attn(in.value, three_levels(), in.locations, in.weights);
  const auto first = torch::autograd::grad({out.sum()}, {in.weights}, {}, /*retain_graph=*/true,
                                           /*create_graph=*/true);
  try {
    first[0].pow(2).sum().backward();
    ADD_FAILURE() << "a second derivative was computed";
  } catch (const c10::Error& error) {
    EXPECT_NE(std::string(error.what()).find("ms_deform_attn is differentiable once"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace saccade
