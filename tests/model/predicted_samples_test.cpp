// A detector on a device whose kernel works out the samples itself: here the strict device, with the CUDA kernel in
// emulation.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>
#include <torch/library.h>

#include "saccade/op/autocast.h"
#include "saccade/op/cuda/ms_deform_attn_tensors.h"
#include "saccade/op/ms_deform_attn.h"
#include "tests/model/tiny_models.h"
#include "tests/support/strict_device.h"

namespace saccade {
namespace {

using at::Tensor;

int calls = 0;

Tensor predicted(const Tensor& value, const Tensor& shapes, const Tensor& references,
                 const Tensor& offsets, const Tensor& logits) {
  ++calls;
  return cuda::ms_deform_attn_predicted(value.cpu(), shapes, references.cpu(), offsets.cpu(),
                                        logits.cpu(), nullptr)
      .to(value.device());
}

TORCH_LIBRARY_IMPL(saccade, PrivateUse1, m) { m.impl("ms_deform_attn_predicted", &predicted); }

class Nobody : public AttentionHook {};

struct Pair {
  std::unique_ptr<Detector> here, there;

  explicit Pair(const ModelConfig& config)
      : here(random_detector(config)), there(random_detector(config)) {
    there->to(strict_device());
    calls = 0;
  }
};

double largest_difference(const Tensor& a, const Tensor& b) {
  return (a.to(at::kFloat) - b.cpu().to(at::kFloat)).abs().max().item<double>();
}

TEST(PredictedSamples, GiveTheBoxesOfSamplesThatAreWrittenDown) {
  ModelConfig refine = tiny_deformable();
  refine.with_box_refine = true;  // 4-d references from the second decoder layer on
  for (const ModelConfig& config : {tiny_deformable(), refine}) {
    const Pair detectors(config);
    const Batch batch = random_batch(64, 96);
    const c10::InferenceMode no_gradients;
    const ModelOutput wanted = detectors.here->forward(batch.pixels, batch.mask);
    const ModelOutput got =
        detectors.there->forward(batch.pixels.to(strict_device()), batch.mask.to(strict_device()));
    EXPECT_EQ(calls, config.enc_layers + config.dec_layers);
    EXPECT_LE(largest_difference(wanted.pred_boxes, got.pred_boxes), 2e-5);
    EXPECT_LE(largest_difference(wanted.pred_logits, got.pred_logits), 2e-4);
  }
}

TEST(PredictedSamples, AreOfSixteenBitsUnderAutocast) {
  const Pair detectors(tiny_deformable());
  const Batch batch = random_batch(64, 96);
  const c10::InferenceMode no_gradients;
  const ModelOutput wanted = detectors.here->forward(batch.pixels, batch.mask);
  const Autocast autocast(strict_device().type(), at::kBFloat16);
  const ModelOutput got =
      detectors.there->forward(batch.pixels.to(strict_device()), batch.mask.to(strict_device()));
  EXPECT_EQ(calls, 4);
  EXPECT_LE(largest_difference(wanted.pred_boxes, got.pred_boxes), 0.02);
}

TEST(PredictedSamples, WhoWantsToLookGetsThemWrittenDown) {
  const Pair detectors(tiny_deformable());
  const Batch batch = random_batch(64, 96);
  const c10::InferenceMode no_gradients;
  Nobody hook;
  detectors.there->forward(batch.pixels.to(strict_device()), batch.mask.to(strict_device()), &hook);
  EXPECT_EQ(calls, 0);
}

TEST(PredictedSamples, AreNotUsedWhereAGradientIsWanted) {
  const Pair detectors(tiny_deformable());
  const Batch batch = random_batch(64, 96);
  detectors.there->forward(batch.pixels.to(strict_device()), batch.mask.to(strict_device()));
  EXPECT_EQ(calls, 0);
}

TEST(PredictedSamples, WrongShapesAndTypesAreNamed) {
  const c10::InferenceMode no_gradients;
  const at::TensorOptions there(strict_device());
  const Tensor shapes = at::tensor({2, 3}, at::kLong).view({1, 2});
  const Tensor value = at::zeros({1, 6, 2, 4}, there),
               offsets = at::zeros({1, 5, 2, 1, 3, 2}, there);
  const Tensor logits = at::zeros({1, 5, 2, 1, 3}, there);
  EXPECT_TRUE(predicts_samples(value));
  EXPECT_FALSE(predicts_samples(at::zeros({1, 6, 2, 4})));
  EXPECT_FALSE(predicts_samples(value.to(at::kDouble)));
  EXPECT_EQ(ms_deform_attn_predicted(value, shapes, at::zeros({1, 5, 1, 2}, there), offsets, logits)
                .sizes(),
            at::IntArrayRef({1, 5, 8}));
}

}  // namespace
}  // namespace saccade
