// Gradients over processes: the mean of every rank's, whatever the buckets.
#include "saccade/dist/gradient_reducer.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "tests/dist/forked_ranks.h"

namespace saccade {
namespace {

// Three layers, the first of which passes the size of a bucket (1 MiB).
struct Layers {
  std::vector<at::Tensor> parameters;
  std::vector<std::string> names = {"first.weight", "second.weight", "third.weight"};

  explicit Layers(int seed) {
    at::manual_seed(seed);
    for (const auto& [rows, columns] : {std::pair{600, 500}, {500, 40}, {40, 3}})
      parameters.push_back((at::randn({rows, columns}) * 0.1).requires_grad_(true));
  }

  at::Tensor loss(const at::Tensor& input, int layers = 3) const {
    auto x = input;
    for (int i = 0; i < layers; ++i) x = at::tanh(at::matmul(x, parameters[i]));
    return x.square().sum();
  }

  void reset_gradients() {
    for (at::Tensor& p : parameters) p.mutable_grad().reset();
  }

  std::vector<at::Tensor> gradients() const {
    std::vector<at::Tensor> all;
    for (const at::Tensor& p : parameters)
      all.push_back(p.grad().defined() ? p.grad().clone() : at::Tensor());
    return all;
  }
};

at::Tensor input_of(int rank, int step) {
  at::manual_seed(100 * step + rank);
  return at::randn({4, 600});
}

// The gradients of a rank by itself.
std::vector<at::Tensor> gradients_alone(Layers& layers, int rank, int step) {
  layers.reset_gradients();
  layers.loss(input_of(rank, step)).backward();
  auto all = layers.gradients();
  layers.reset_gradients();
  return all;
}

bool all_equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  bool equal = a.size() == b.size();
  for (std::size_t i = 0; equal && i < a.size(); ++i) equal = at::equal(a[i], b[i]);
  return equal;
}

// `body` runs in two processes with a reducer over Layers; the exit codes.
using Body = std::function<int(int rank, Layers&, GradientReducer&)>;
std::vector<int> with_reducers(const Body& body, GradientReducerOptions options = {}) {
  return in_processes(2, [&](int rank, int port) {
    at::set_num_threads(1);
    RankGroup ranks(environment(rank, 2, port));
    ProcessGroup group(ranks);
    Layers layers(rank);  // rank 1 begins with other weights
    GradientReducer reducer(group, layers.parameters, layers.names, options);
    try {
      const int code = body(rank, layers, reducer);
      ranks.finish();
      return code;
    } catch (const Error& error) {
      std::fprintf(stderr, "%s\n", error.what());
      ranks.fail(error.what());
      return std::string(error.what()).find("second.weight, third.weight got no gradient") !=
                     std::string::npos
                 ? 7
                 : 8;
    }
  });
}

TEST(GradientReducer, AloneItOnlyRunsBackward) {
  const auto codes = in_processes(1, [](int, int) {  // a child, as threads must not outlive a fork
    RankGroup ranks(std::nullopt);
    ProcessGroup group(ranks);
    Layers layers(0);
    GradientReducer reducer(group, layers.parameters, layers.names);
    const auto expected = gradients_alone(layers, 0, 0);
    reducer.prepare_forward();
    reducer.backward(layers.loss(input_of(0, 0)));
    return all_equal(layers.gradients(), expected) ? 0 : 1;
  });
  EXPECT_EQ(codes, std::vector<int>{0});
}

TEST(GradientReducer, EveryRankStartsWithTheWeightsOfRankZero) {
  const auto codes = with_reducers([](int, Layers& layers, GradientReducer&) {
    return all_equal(layers.parameters, Layers(0).parameters) ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

// To the bit: half of each is exact, and the sum of two has one order. After the first step the
// buckets are ordered anew.
TEST(GradientReducer, GradientsAreTheMeanOfTheRanksInEveryStep) {
  const auto codes = with_reducers([](int rank, Layers& layers, GradientReducer& reducer) {
    Layers by_hand(0);
    bool right = true;
    for (int step = 0; step < 4; ++step) {
      auto expected = gradients_alone(by_hand, 0, step);
      const auto other = gradients_alone(by_hand, 1, step);
      for (std::size_t i = 0; i < other.size(); ++i) expected[i] = (expected[i] + other[i]) / 2;
      layers.reset_gradients();
      reducer.prepare_forward();
      reducer.backward(layers.loss(input_of(rank, step)));
      right = right && all_equal(layers.gradients(), expected);
    }
    return right ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

TEST(GradientReducer, PartsOfAStepAddUpBeforeTheyAreAveraged) {
  const auto codes = with_reducers([](int rank, Layers& layers, GradientReducer& reducer) {
    std::vector<at::Tensor> alone;
    {
      const auto pause = reducer.no_sync();
      reducer.prepare_forward();
      reducer.backward(layers.loss(input_of(rank, 0)));
      alone = layers.gradients();
    }
    Layers by_hand(0);
    bool right = all_equal(alone, gradients_alone(by_hand, rank, 0));
    reducer.prepare_forward();
    reducer.backward(layers.loss(input_of(rank, 1)));
    std::vector<at::Tensor> sums[2];
    for (int r = 0; r < 2; ++r) {
      sums[r] = gradients_alone(by_hand, r, 0);
      const auto second = gradients_alone(by_hand, r, 1);
      for (std::size_t i = 0; i < second.size(); ++i) sums[r][i] = sums[r][i] + second[i];
    }
    for (std::size_t i = 0; i < sums[0].size(); ++i) sums[0][i] = (sums[0][i] + sums[1][i]) / 2;
    return right && all_equal(layers.gradients(), sums[0]) ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

// In the step itself, not in the next one; the other rank hears of it.
TEST(GradientReducer, AParameterWithoutGradientIsNamed) {
  const auto codes = with_reducers([](int rank, Layers& layers, GradientReducer& reducer) {
    reducer.prepare_forward();
    reducer.backward(layers.loss(input_of(rank, 0), rank == 1 ? 1 : 3));
    return 0;
  });
  EXPECT_EQ(codes, (std::vector<int>{7, 7}));
}

TEST(GradientReducer, UnusedParametersAreFineWhenAskedFor) {
  const auto codes = with_reducers(
      [](int rank, Layers& layers, GradientReducer& reducer) {
        Layers by_hand(0);
        by_hand.loss(input_of(0, 1), 2).backward();
        const auto used_by_zero = by_hand.gradients();
        for (int step = 0; step < 2; ++step) {
          layers.reset_gradients();
          reducer.prepare_forward();
          reducer.backward(layers.loss(input_of(rank, step), rank == 1 ? 1 : 2));
        }
        const auto gradients = layers.gradients();
        return at::equal(gradients[1], used_by_zero[1] / 2) && !gradients[2].defined() ? 0 : 1;
      },
      {.find_unused = true});
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

TEST(GradientReducer, DifferentModelsAreRefused) {
  const auto codes = in_processes(2, [](int rank, int port) {
    RankGroup ranks(environment(rank, 2, port));
    ProcessGroup group(ranks);
    const auto weights = at::zeros({3 + rank, 2}).requires_grad_(true);
    try {
      GradientReducer reducer(group, {weights}, {"weights"});
    } catch (const Error& error) {
      ranks.fail(error.what());
      const std::string text = error.what();
      return text.find("different models") != std::string::npos ? 7 : 8;
    }
    return 9;
  });
  EXPECT_EQ(codes[1], 7);
}

}  // namespace
}  // namespace saccade
