// Dropout from a seed: what falls, what stays, and gradients that know which was which.
#include "saccade/op/dropout.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace saccade {
namespace {

const auto kDouble = at::TensorOptions(at::kDouble);

at::Tensor leaf(const at::Tensor& x) { return x.clone().set_requires_grad(true); }

TEST(Dropout, APartFallsAndTheOthersGrow) {
  at::manual_seed(1);
  for (const auto type : {at::kFloat, at::kDouble, at::kBFloat16}) {
    const at::Tensor y = dropout(at::ones({1000, 401}, type), 0.25).to(at::kDouble);
    const at::Tensor stays = y != 0;
    EXPECT_NEAR(stays.to(at::kDouble).mean().item<double>(), 0.75, 0.003) << type;
    EXPECT_NEAR(y.masked_select(stays).min().item<double>(), 1 / 0.75, 0.01) << type;
    EXPECT_NEAR(y.masked_select(stays).max().item<double>(), 1 / 0.75, 0.01) << type;
    // Rows, columns and neighbours fall independently.
    EXPECT_GT(stays.to(at::kDouble).mean(0).min().item<double>(), 0.68) << type;
    EXPECT_GT(stays.to(at::kDouble).mean(1).min().item<double>(), 0.6) << type;
    const at::Tensor pairs = stays.narrow(1, 0, 400).logical_and(stays.narrow(1, 1, 400));
    EXPECT_NEAR(pairs.to(at::kDouble).mean().item<double>(), 0.75 * 0.75, 0.004) << type;
  }
}

TEST(Dropout, ASeedDecidesWhateverTheThreads) {
  const at::Tensor x = at::randn({301, 1003});
  const int threads = at::get_num_threads();
  const auto drawn = [&](int count) {
    at::set_num_threads(count);
    at::manual_seed(5);
    return at::cat({dropout(x, 0.1), dropout(x, 0.1)});
  };
  const at::Tensor one = drawn(1), four = drawn(4);
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(one, four));
  EXPECT_FALSE(at::equal(one.narrow(0, 0, 301), one.narrow(0, 301, 301)));
}

TEST(Dropout, ZeroChangesNothing) {
  const at::Tensor x = at::randn({7, 9}), branch = at::randn({7, 9});
  EXPECT_TRUE(at::equal(dropout(x, 0), x));
  EXPECT_TRUE(at::equal(add_dropout(x, branch, 0), x + branch));
  EXPECT_TRUE(at::equal(dropout_relu_(x.clone(), 0), at::relu(x)));
}

TEST(Dropout, TheGradientIsThatOfWhatStayed) {
  at::manual_seed(2);
  const at::Tensor x = leaf(at::randn({60, 31}, kDouble)), weight = at::randn({60, 31}, kDouble);
  const at::Tensor y = dropout(x, 0.4);
  (y * weight).sum().backward();
  EXPECT_TRUE(at::allclose(x.grad(), (y.detach() != 0) * weight / 0.6));
}

TEST(Dropout, AResidualGivesItsGradientToBoth) {
  at::manual_seed(3);
  const at::Tensor x = leaf(at::randn({60, 31}, kDouble)),
                   branch = leaf(at::randn({60, 31}, kDouble));
  const at::Tensor weight = at::randn({60, 31}, kDouble);
  const at::Tensor y = add_dropout(x, branch, 0.4);
  (y * weight).sum().backward();
  const at::Tensor stays = (y - x).detach().abs() > 1e-12;
  EXPECT_NEAR(stays.to(at::kDouble).mean().item<double>(), 0.6, 0.05);
  EXPECT_TRUE(at::allclose(y.detach(), (x + stays * branch / 0.6).detach()));
  EXPECT_TRUE(at::equal(x.grad(), weight));
  EXPECT_TRUE(at::allclose(branch.grad(), stays * weight / 0.6));
}

TEST(Dropout, MixedTypesAndStridesGiveWhatPlainOnesDo) {
  const at::Tensor x = at::randn({40, 50}), branch = at::randn({50, 40}).t();
  const auto seeded = [](const auto& f) {
    at::manual_seed(9);
    return f();
  };
  const at::Tensor plain = seeded([&] { return add_dropout(x, branch.contiguous(), 0.3); });
  EXPECT_TRUE(at::equal(seeded([&] { return add_dropout(x, branch, 0.3); }), plain));
  const at::Tensor half = branch.to(at::kBFloat16).contiguous();
  const at::Tensor mixed = seeded([&] { return add_dropout(x, half, 0.3); });
  EXPECT_EQ(mixed.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::allclose(mixed, plain, 0.02, 0.05));
}

TEST(Dropout, AfterReluGradientsAndValuesAreThoseOfTheTwo) {
  at::manual_seed(4);
  const at::Tensor x = leaf(at::randn({50, 64}, kDouble)), weight = at::randn({50, 64}, kDouble);
  const at::Tensor y = dropout_relu_(x * 1, 0.3);
  (y * weight).sum().backward();
  const at::Tensor stays = y.detach() > 0;
  EXPECT_NEAR(stays.to(at::kDouble).mean().item<double>(), 0.35, 0.04);
  EXPECT_TRUE(at::allclose(y.detach(), stays * x.detach() / 0.7));
  EXPECT_TRUE(at::allclose(x.grad(), stays * weight / 0.7));
}

// A loss that is not finite must show, not be cut away.
TEST(Dropout, NotANumberStaysSoThroughRelu) {
  const at::Tensor y = dropout_relu_(at::full({1000}, std::nan("")), 0.1);
  EXPECT_TRUE(y.isnan().all().item<bool>());
}

TEST(Dropout, RefusesWhatIsNoProbability) {
  const at::Tensor x = at::ones({2});
  for (const double wrong : {-0.1, 1.0, 2.0, std::nan("")}) {
    EXPECT_THROW(dropout(x, wrong), c10::Error) << wrong;
    EXPECT_THROW(add_dropout(x, x, wrong), c10::Error) << wrong;
    EXPECT_THROW(dropout_relu_(x, wrong), c10::Error) << wrong;
  }
}

}  // namespace
}  // namespace saccade
