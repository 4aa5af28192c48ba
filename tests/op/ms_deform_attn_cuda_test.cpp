// The CUDA kernels over tensors: on a GPU where there is one, and everywhere in emulation.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <filesystem>
#include <fstream>

#include "saccade/checkpoint/tensors.h"
#include "saccade/op/cuda/ms_deform_attn_tensors.h"
#include "saccade/op/devices.h"
#include "saccade/op/ms_deform_attn.h"
#include "saccade/op/ms_deform_attn_reference.h"
#include "tests/op/cuda_emulator.h"

namespace saccade {
namespace {

using at::Tensor;
using Gradients = std::tuple<Tensor, Tensor, Tensor>;

struct Inputs {
  Tensor value, shapes, locations, weights;

  Inputs to(at::ScalarType type) const {
    return {value.to(type), shapes, locations.to(type), weights.to(type)};
  }
  // As a model under autocast gives them. (Locations of a half type fall on the very edge of a map, where the
  // reference has a gradient and the operator none.)
  Inputs with_features(at::ScalarType type) const {
    const auto rest = type == at::kDouble ? at::kDouble : at::kFloat;
    return {value.to(type), shapes, locations.to(rest), weights.to(rest)};
  }
};

// Inputs and results are on the CPU.
struct Emulated {
  static constexpr const char* name = "emulated";
  static Tensor forward(const Inputs& in) {
    return cuda::ms_deform_attn(in.value, in.shapes, in.locations, in.weights, nullptr);
  }
  static Gradients backward(const Inputs& in, const Tensor& grad_out, bool deterministic) {
    return cuda::ms_deform_attn_backward(grad_out, in.value, in.shapes, in.locations, in.weights,
                                         deterministic, nullptr);
  }
};

struct OnGpu {
  static Tensor there(const Tensor& t) { return t.to(at::Device(at::kCUDA, 0)); }
  static Tensor forward(const Inputs& in) {
    return ms_deform_attn(there(in.value), in.shapes, there(in.locations), there(in.weights)).cpu();
  }
  static Gradients backward(const Inputs& in, const Tensor& grad_out, bool deterministic) {
    at::globalContext().setDeterministicAlgorithms(deterministic, /*warn_only=*/true);
    const std::vector<Tensor> inputs{there(in.value).requires_grad_(),
                                     there(in.locations).requires_grad_(),
                                     there(in.weights).requires_grad_()};
    const Tensor out = ms_deform_attn(inputs[0], in.shapes, inputs[1], inputs[2]);
    const auto grads = torch::autograd::grad({out}, inputs, {there(grad_out)});
    at::globalContext().setDeterministicAlgorithms(false, true);
    return {grads[0].cpu(), grads[1].cpu(), grads[2].cpu()};
  }
};

// No queries: as many as there are tokens, and four points, what encoders have.
Inputs random_inputs(std::int64_t batch, std::int64_t queries, std::int64_t channels,
                     at::ScalarType type) {
  const Tensor shapes = at::tensor({9, 14, 5, 7, 3, 4, 1, 1}, at::kLong).view({4, 2});
  constexpr std::int64_t kTokens = 126 + 35 + 12 + 1;
  const std::int64_t points = queries == 0 ? 4 : 3;
  if (queries == 0) queries = kTokens;
  return {at::randn({batch, kTokens, 4, channels}, type), shapes,
          at::rand({batch, queries, 4, 4, points, 2}, type) * 1.4 - 0.2,
          at::rand({batch, queries, 4, 4, points}, type)};
}

Gradients reference_gradients(const Inputs& given, const Tensor& grad_out) {
  const Inputs in = given.to(at::kDouble);
  const std::vector<Tensor> leaves{in.value.detach().clone().requires_grad_(),
                                   in.locations.detach().clone().requires_grad_(),
                                   in.weights.detach().clone().requires_grad_()};
  const Tensor out = ms_deform_attn_reference(leaves[0], in.shapes, leaves[1], leaves[2]);
  const auto grads = torch::autograd::grad({out}, leaves, {grad_out.to(at::kDouble)});
  return {grads[0], grads[1], grads[2]};
}

// Largest difference as a fraction of the largest entry.
double error_of(const Tensor& got, const Tensor& wanted) {
  const Tensor exact = wanted.to(at::kDouble);
  if (exact.numel() == 0) return 0;
  return ((got.to(at::kDouble) - exact).abs().max() / exact.abs().max()).item<double>();
}

double largest_error(const Gradients& got, const Gradients& wanted) {
  return std::max({error_of(std::get<0>(got), std::get<0>(wanted)),
                   error_of(std::get<1>(got), std::get<1>(wanted)),
                   error_of(std::get<2>(got), std::get<2>(wanted))});
}

template <typename Where>
class MsDeformAttnCuda : public testing::Test {
 protected:
  void SetUp() override {
    cuda::emulation() = {};
    const bool has_gpu = open_device("auto").device.is_cuda();  // before LibTorch asks for it
    at::manual_seed(5);
    // The same tests run in emulation everywhere; on a GPU only where one is.
    if (std::is_same_v<Where, OnGpu> && !has_gpu) GTEST_SKIP() << "no GPU that this build can use";
  }
};
using Places = testing::Types<Emulated, OnGpu>;
TYPED_TEST_SUITE(MsDeformAttnCuda, Places);

TYPED_TEST(MsDeformAttnCuda, ForwardIsTheReferenceInEveryType) {
  for (const auto& [type, tolerance] : {std::pair{at::kDouble, 1e-14},
                                        {at::kFloat, 1e-6},
                                        {at::kHalf, 5e-4},
                                        {at::kBFloat16, 4e-3}}) {
    for (const std::int64_t channels : {32, 30}) {
      const Inputs in = random_inputs(2, 11, channels, at::kDouble).to(type);
      const Inputs exact = in.to(at::kDouble);
      const Tensor wanted =
          ms_deform_attn_reference(exact.value, in.shapes, exact.locations, exact.weights);
      const Tensor got = TypeParam::forward(in);
      EXPECT_EQ(got.scalar_type(), type);
      EXPECT_LE(error_of(got, wanted), tolerance) << type << ", " << channels << " channels";
    }
  }
}

TYPED_TEST(MsDeformAttnCuda, GradientsAreTheReferenceInEveryType) {
  for (const auto& [type, tolerance] : {std::pair{at::kDouble, 1e-13},
                                        {at::kFloat, 3e-6},
                                        {at::kHalf, 1e-3},
                                        {at::kBFloat16, 8e-3}}) {
    for (const std::int64_t queries : {7, 0}) {
      if (queries == 0 && type == at::kDouble) continue;  // minutes in emulation, and no other path
      const Inputs in = random_inputs(2, queries, 32, at::kDouble).with_features(type);
      const Tensor grad_out = at::randn({2, in.weights.size(1), 128}, at::kDouble).to(type);
      const Gradients wanted = reference_gradients(in, grad_out);
      for (const bool deterministic : {false, true}) {
        const Gradients got = TypeParam::backward(in, grad_out, deterministic);
        EXPECT_EQ(std::get<0>(got).scalar_type(), type);
        EXPECT_LE(largest_error(got, wanted), tolerance)
            << type << ", deterministic " << deterministic;
      }
    }
  }
}

// Positions stay in float where features are of a half type.
TYPED_TEST(MsDeformAttnCuda, FloatPositionsGoWithHalfFeatures) {
  Inputs in = random_inputs(1, 6, 32, at::kFloat);
  in.value = in.value.to(at::kBFloat16);
  const Tensor grad_out = at::randn({1, 6, 128}).to(at::kBFloat16);
  const Gradients got = TypeParam::backward(in, grad_out, false);
  EXPECT_EQ(std::get<0>(got).scalar_type(), at::kBFloat16);
  EXPECT_EQ(std::get<1>(got).scalar_type(), at::kFloat);
  EXPECT_LE(error_of(std::get<1>(got), std::get<1>(reference_gradients(in, grad_out))), 1e-5);
}

TYPED_TEST(MsDeformAttnCuda, DeterministicGradientsHaveTheSameBitsEachTime) {
  const Inputs in = random_inputs(1, 0, 32, at::kFloat);
  const Tensor grad_out = at::randn({1, in.weights.size(1), 128});
  const Gradients first = TypeParam::backward(in, grad_out, true);
  for (const unsigned seed : {1U, 2U, 3U}) {
    cuda::emulation().seed = seed;
    const Gradients again = TypeParam::backward(in, grad_out, true);
    EXPECT_TRUE(at::equal(std::get<0>(first), std::get<0>(again)));
    EXPECT_TRUE(at::equal(std::get<1>(first), std::get<1>(again)));
    EXPECT_TRUE(at::equal(std::get<2>(first), std::get<2>(again)));
  }
}

// A loss that is not finite must show in the gradients, however they are summed: a loss scaler looks for it.
TYPED_TEST(MsDeformAttnCuda, WhatIsNotFiniteStaysSo) {
  const Inputs in = random_inputs(1, 4, 32, at::kFloat);
  for (const double bad : {HUGE_VAL, std::nan("")}) {
    Tensor grad_out = at::randn({1, 4, 128});
    grad_out[0][2][5] = bad;
    for (const bool deterministic : {false, true}) {
      const Gradients got = TypeParam::backward(in, grad_out, deterministic);
      EXPECT_FALSE(std::get<0>(got).isfinite().all().template item<bool>()) << deterministic;
    }
  }
}

TYPED_TEST(MsDeformAttnCuda, AGradientOfZerosIsZeros) {
  const Inputs in = random_inputs(1, 4, 32, at::kFloat);
  for (const bool deterministic : {false, true}) {
    const Gradients got = TypeParam::backward(in, at::zeros({1, 4, 128}), deterministic);
    EXPECT_EQ(std::get<0>(got).abs().max().template item<float>(), 0);
  }
}

TYPED_TEST(MsDeformAttnCuda, ViewsAndOddStartsAreTakenAsTheyAre) {
  const Inputs in = random_inputs(2, 6, 32, at::kFloat);
  const auto turned = [](const Tensor& t) {
    return t.transpose(0, 1).contiguous().transpose(0, 1);
  };
  // Starts 4 bytes after a multiple of 16.
  const auto shifted = [](const Tensor& t) {
    return at::cat({at::zeros({1}, t.options()), t.flatten()})
        .narrow(0, 1, t.numel())
        .view(t.sizes());
  };
  const Tensor wanted = TypeParam::forward(in);
  EXPECT_TRUE(at::equal(
      TypeParam::forward({turned(in.value), in.shapes, turned(in.locations), turned(in.weights)}),
      wanted));
  EXPECT_TRUE(at::equal(TypeParam::forward({shifted(in.value), in.shapes, shifted(in.locations),
                                            shifted(in.weights)}),
                        wanted));
}

TYPED_TEST(MsDeformAttnCuda, EmptyInputsGiveEmptyResults) {
  const Inputs in = random_inputs(2, 5, 32, at::kFloat);
  const Inputs none{in.value, in.shapes, in.locations.narrow(1, 0, 0), in.weights.narrow(1, 0, 0)};
  EXPECT_EQ(TypeParam::forward(none).sizes(), at::IntArrayRef({2, 0, 128}));
  const Gradients got = TypeParam::backward(none, at::zeros({2, 0, 128}), false);
  EXPECT_EQ(std::get<0>(got).abs().max().template item<float>(), 0);
}

// What the original's own code computed: the same files and tolerances as the CPU's kernels (tests/parity/op_goldens.cpp).
TYPED_TEST(MsDeformAttnCuda, AgreesWithTheOriginalOperator) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(SACCADE_SOURCE_DIR "/tests/goldens/op")) {
    if (entry.path().extension() != ".safetensors") continue;
    ++files;
    SCOPED_TRACE(entry.path().filename());
    const auto golden = load_safetensors(entry.path());
    for (const auto& [type, tolerance] : {std::pair{at::kDouble, 1.2e-7}, {at::kFloat, 8.5e-6}}) {
      const Inputs in = Inputs{golden.at("value"), golden.at("spatial_shapes"),
                               golden.at("sampling_locations"), golden.at("attention_weights")}
                            .to(type);
      const auto expect = [&](const char* key, const Tensor& got) {
        if (!golden.contains(key)) return;
        EXPECT_LE(error_of(got, golden.at(key)), tolerance) << key;
      };
      expect("out", TypeParam::forward(in));
      if (!golden.contains("grad_out")) continue;
      const Gradients got = TypeParam::backward(in, golden.at("grad_out").to(type), false);
      expect("grad_value", std::get<0>(got));
      expect("grad_loc", std::get<1>(got));
      expect("grad_attn", std::get<2>(got));
    }
  }
  EXPECT_GE(files, 8);
}

}  // namespace
}  // namespace saccade
