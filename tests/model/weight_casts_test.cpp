// Weights that are cast together give what autocast gives.
#include "saccade/op/weight_casts.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "saccade/model/inference.h"
#include "saccade/op/autocast.h"
#include "tests/model/tiny_models.h"

namespace saccade {
namespace {

using at::Tensor;

std::vector<ModelConfig> variants() {
  ModelConfig batch_norm = tiny_deformable();
  batch_norm.norm = BackboneNorm::kBatch;
  return {tiny_deformable(), batch_norm, tiny_two_stage(), tiny_detr()};
}

std::unique_ptr<Detector> trained_detector(const ModelConfig& config) {
  at::set_num_threads(1);
  auto detector = random_detector(config);
  detector->visit([&](const std::string& name, Tensor& tensor, TensorKind kind) {
    tensor.set_requires_grad(is_trainable(config, name, kind));
  });
  detector->set_training(true);
  return detector;
}

std::map<std::string, Tensor> take_gradients(Detector& detector) {
  std::map<std::string, Tensor> gradients;
  detector.visit([&](const std::string& name, Tensor& tensor, TensorKind) {
    if (tensor.grad().defined()) gradients[name] = tensor.grad().clone();
  });
  detector.visit(
      [](const std::string&, Tensor& tensor, TensorKind) { tensor.mutable_grad().reset(); });
  return gradients;
}

// Gradients of a sum over all outputs.
std::map<std::string, Tensor> gradients_of(Detector& detector, WeightCasts* casts,
                                           AttentionHook* hook = nullptr) {
  const Batch batch = random_batch(64, 96);
  at::manual_seed(11);  // dropout
  ModelOutput output;
  {
    const Autocast autocast(at::kCPU, at::kBFloat16);
    std::optional<WeightCasts::Pass> pass;
    if (casts != nullptr) pass.emplace(*casts);
    output = detector.forward(batch.pixels, batch.mask, hook);
  }
  Tensor sum = output.pred_logits.square().sum() + output.pred_boxes.square().sum();
  if (output.enc_logits.defined()) sum = sum + output.enc_logits.square().sum();
  sum.backward();
  return take_gradients(detector);
}

void expect_same(const std::map<std::string, Tensor>& got,
                 const std::map<std::string, Tensor>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (const auto& [name, gradient] : wanted) {
    ASSERT_TRUE(got.contains(name)) << name;
    EXPECT_EQ(got.at(name).scalar_type(), at::kFloat) << name;
    EXPECT_TRUE(at::equal(got.at(name), gradient)) << name;
  }
}

TEST(WeightCasts, GradientsHaveTheBitsOfAutocasts) {
  for (const ModelConfig& config : variants()) {
    const auto detector = trained_detector(config);
    const auto wanted = gradients_of(*detector, nullptr);
    for (const bool adds_gradients : {false, true}) {
      WeightCasts casts(adds_gradients);
      for (int pass = 0; pass < 3; ++pass) expect_same(gradients_of(*detector, &casts), wanted);
    }
  }
}

class Leaves : public AttentionHook {
  void on_levels(const std::vector<LevelShape>&, const Tensor&) override {
    throw Error("seen enough");
  }
};

TEST(WeightCasts, APassThatEndedEarlyIsForgotten) {
  const auto detector = trained_detector(tiny_deformable());
  const auto wanted = gradients_of(*detector, nullptr);
  WeightCasts casts(/*adds_gradients=*/true);
  Leaves hook;
  for (int times = 0; times < 2; ++times) {
    EXPECT_EQ(error_of([&] { gradients_of(*detector, &casts, &hook); }), "seen enough");
    const Tensor weight = at::ones({2}).set_requires_grad(true);
    EXPECT_TRUE(cast_weight(weight).is_same(weight));
    for (int pass = 0; pass < 2; ++pass) expect_same(gradients_of(*detector, &casts), wanted);
  }
}

// Of trained and of frozen weights, and of the norms that are folded into them.
TEST(WeightCasts, WhatIsWrittenIntoTheWeightsCounts) {
  const auto detector = trained_detector(tiny_deformable());
  WeightCasts casts(/*adds_gradients=*/true);
  for (const bool in_place : {true, false}) {
    for (int pass = 0; pass < 2; ++pass) gradients_of(*detector, &casts);
    detector->visit([&](const std::string&, Tensor& tensor, TensorKind) {
      const at::NoGradGuard no_grad;
      if (in_place)
        tensor.mul_(1.0625);
      else
        tensor = (tensor * 1.0625).set_requires_grad(tensor.requires_grad());
    });
    const auto wanted = gradients_of(*detector, nullptr);
    for (int pass = 0; pass < 2; ++pass) expect_same(gradients_of(*detector, &casts), wanted);
  }
}

TEST(WeightCasts, AWeightWithoutAGradientIsCastOnce) {
  const auto frozen = at::rand({3, 2});
  const Autocast autocast(at::kCPU, at::kBFloat16);
  WeightCasts casts(/*adds_gradients=*/true);
  Tensor first;
  for (int pass = 0; pass < 2; ++pass) {
    const WeightCasts::Pass in(casts);
    const Tensor cast = cast_weight(frozen);
    EXPECT_TRUE(at::equal(cast, frozen.to(at::kBFloat16)));
    if (pass == 0) first = cast;
    EXPECT_TRUE(cast.is_same(first));
  }
}

// Gradients of several passes add up, whoever adds them.
TEST(WeightCasts, GradientsOfAStepsPartsAddUp) {
  for (const bool adds_gradients : {false, true}) {
    const Autocast autocast(at::kCPU, at::kBFloat16);
    const Tensor weight = at::rand({2, 2}).set_requires_grad(true);
    WeightCasts casts(adds_gradients);
    for (int part = 0; part < 3; ++part) {
      const WeightCasts::Pass in(casts);
      (cast_weight(weight).sum() * 3).backward();
    }
    EXPECT_TRUE(at::equal(weight.grad(), at::full({2, 2}, 9.0)));
  }
}

// In the second pass only one of two weights of a group is used.
TEST(WeightCasts, AWeightThatWasNotUsedHasNoGradient) {
  const Autocast autocast(at::kCPU, at::kBFloat16);
  Tensor a = at::rand({2, 2}).set_requires_grad(true), b = at::rand({2, 2}).set_requires_grad(true);
  WeightCasts casts(/*adds_gradients=*/true);
  for (int pass = 0; pass < 2; ++pass) {
    Tensor sum;
    {
      const WeightCasts::Pass in(casts);
      sum = cast_weight(a).sum() * 3;
      if (pass == 0) sum = sum + cast_weight(b).sum();
    }
    a.mutable_grad().reset();
    b.mutable_grad().reset();
    sum.backward();
    EXPECT_TRUE(at::equal(a.grad(), at::full({2, 2}, 3.0)));
    EXPECT_EQ(b.grad().defined(), pass == 0);
  }
}

// Inference keeps all of them, until somebody writes into a weight or brings another.
TEST(WeightCasts, InferenceHasTheBitsOfAutocasts) {
  for (const ModelConfig& config : variants()) {
    LoadedModel model{.detector = random_detector(config), .autocast = at::kBFloat16};
    const Batch batch = random_batch(64, 96);
    const auto expect_the_same = [&] {
      const auto casts = std::exchange(model.casts, nullptr);
      const ModelOutput wanted = infer(model, batch.pixels, batch.mask);
      model.casts = casts;
      const ModelOutput got = infer(model, batch.pixels, batch.mask);
      EXPECT_TRUE(at::equal(got.pred_logits, wanted.pred_logits));
      EXPECT_TRUE(at::equal(got.pred_boxes, wanted.pred_boxes));
    };
    model.casts = std::make_shared<WeightCasts>(/*adds_gradients=*/false);
    for (int pass = 0; pass < 2; ++pass) expect_the_same();
    const at::NoGradGuard no_gradients;
    model.detector->visit([](const std::string&, Tensor& tensor, TensorKind) { tensor.mul_(0.9); });
    expect_the_same();
    model.detector->visit(
        [](const std::string&, Tensor& tensor, TensorKind) { tensor = tensor * 0.9; });
    expect_the_same();
  }
}

}  // namespace
}  // namespace saccade
