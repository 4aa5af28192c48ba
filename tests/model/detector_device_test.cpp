// Detectors on a device: the CPU's bits, no waiting, no tensor on the wrong side.
#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/model/graphed_detector.h"
#include "saccade/model/inference.h"
#include "saccade/op/autocast.h"
#include "tests/model/tiny_models.h"
#include "tests/support/strict_device.h"

namespace saccade {
namespace {

using at::Tensor;

// Sees every attention and where its tensors are.
class Watcher : public AttentionHook {
 public:
  void on_levels(const std::vector<LevelShape>&, const Tensor& ratios) override { see(ratios); }
  void on_deformable(DeformableAttentionCall& call) override {
    for (const Tensor& t :
         {call.value, call.reference_points, call.sampling_locations, call.attention_weights})
      see(t);
    value_type = call.value.scalar_type();
    location_type = call.sampling_locations.scalar_type();
    weight_type = call.attention_weights.scalar_type();
  }
  void on_deformable_output(const DeformableAttentionCall&, Tensor& output) override {
    see(output);
  }
  void on_dense(DenseAttentionCall& call) override {
    see(call.weights);
    weight_type = call.weights.scalar_type();
  }
  bool wants_dense(AttentionSite, int) const override { return true; }

  int seen = 0, elsewhere = 0;
  at::ScalarType value_type = at::kFloat, location_type = at::kFloat, weight_type = at::kFloat;

 private:
  void see(const Tensor& t) {
    ++seen;
    if (t.device() != strict_device()) ++elsewhere;
  }
};

struct Variant {
  const char* name;
  ModelConfig config;
};

ModelConfig with(ModelConfig config, void (*change)(ModelConfig&)) {
  change(config);
  return config;
}

const Variant kVariants[] = {
    {"Plain", tiny_deformable()},
    {"BoxRefine", with(tiny_deformable(), [](ModelConfig& c) { c.with_box_refine = true; })},
    {"TwoStage", tiny_two_stage()},
    {"SingleScaleDc5", with(tiny_deformable(),
                            [](ModelConfig& c) {
                              c.num_feature_levels = 1;
                              c.backbone = "resnet50";
                              c.dilation = true;
                            })},
    {"LearnedPositions",
     with(tiny_deformable(), [](ModelConfig& c) { c.position_embedding = "learned"; })},
    {"GroupNorm", with(tiny_deformable(), [](ModelConfig& c) { c.norm = BackboneNorm::kGroup; })},
    {"BatchNorm", with(tiny_deformable(), [](ModelConfig& c) { c.norm = BackboneNorm::kBatch; })},
    {"Detr", tiny_detr()},
    {"DetrPreNorm", with(tiny_detr(), [](ModelConfig& c) { c.pre_norm = true; })},
};

// Every tensor of an output, by name.
std::vector<std::pair<const char*, Tensor>> parts(const ModelOutput& o) {
  return {{"pred_logits", o.pred_logits},
          {"pred_boxes", o.pred_boxes},
          {"hidden", o.hidden},
          {"init_reference", o.init_reference},
          {"inter_references", o.inter_references},
          {"enc_logits", o.enc_logits},
          {"enc_boxes_unact", o.enc_boxes_unact},
          {"topk_proposals", o.topk_proposals}};
}

void expect_same_bits(const ModelOutput& there, const ModelOutput& here) {
  const auto found = parts(there), expected = parts(here);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& [name, tensor] = found[i];
    ASSERT_EQ(tensor.defined(), expected[i].second.defined()) << name;
    if (!tensor.defined()) continue;
    EXPECT_EQ(tensor.device(), strict_device()) << name;
    EXPECT_TRUE(tensor.cpu().equal(expected[i].second)) << name;
  }
}

class EveryVariantOnADevice : public testing::TestWithParam<Variant> {};

// Nor copies anything from the CPU, where all is there: a forward pass can be recorded.
TEST_P(EveryVariantOnADevice, GivesTheBitsOfTheCpuAndNeverWaits) {
  const c10::InferenceMode no_gradients;
  const auto detector = random_detector(GetParam().config);
  detector->set_all_proposals(true);
  const Batch batch = random_batch(64, 96);
  const ModelOutput here = detector->forward(batch.pixels, batch.mask);

  detector->to(strict_device());
  const Tensor pixels = batch.pixels.to(strict_device());
  const Tensor mask = batch.mask.to(strict_device());
  reset_strict_waits();
  const ModelOutput there = detector->forward(pixels, mask);
  EXPECT_EQ(strict_waits().all() + strict_waits().sent, 0) << strict_waits().text();
  expect_same_bits(there, here);

  reset_strict_waits();
  const ModelOutput with_mask_here = detector->forward(pixels, batch.mask);
  EXPECT_EQ(strict_waits().all(), 0) << strict_waits().text();
  EXPECT_EQ(strict_waits().sent, 1) << strict_waits().text();
  expect_same_bits(with_mask_here, here);
}

TEST_P(EveryVariantOnADevice, AHookSeesTensorsOfTheDeviceAndChangesNoBit) {
  const c10::InferenceMode no_gradients;
  const auto detector = random_detector(GetParam().config);
  const Batch batch = random_batch(64, 96);
  const ModelOutput here = detector->forward(batch.pixels, batch.mask);

  detector->to(strict_device());
  Watcher watcher;
  const ModelOutput there =
      detector->forward(batch.pixels.to(strict_device()), batch.mask, &watcher);

  EXPECT_GT(watcher.seen, 6);
  EXPECT_EQ(watcher.elsewhere, 0);
  expect_same_bits(there, here);
}

// The types that CUDA's autocast would take, with the CPU's kernels.
TEST_P(EveryVariantOnADevice, SixteenBitsSampleAtLocationsAndWeightsOfFloat32) {
  const c10::InferenceMode no_gradients;
  const auto detector = random_detector(GetParam().config);
  const Batch batch = random_batch(64, 96);
  const ModelOutput exact = detector->forward(batch.pixels, batch.mask);
  detector->to(strict_device());
  for (const char* precision : {"bf16", "fp16"}) {
    const Autocast autocast(strict_device().type(), autocast_type(precision));
    Watcher watcher;
    const Tensor pixels = batch.pixels.to(strict_device()), mask = batch.mask.to(strict_device());
    reset_strict_waits();
    const ModelOutput there = detector->forward(pixels, mask, &watcher);
    EXPECT_EQ(strict_waits().all() + strict_waits().sent, 0) << strict_waits().text();
    const ModelOutput out = on_cpu(there);
    EXPECT_EQ(watcher.location_type, at::kFloat) << precision;
    EXPECT_EQ(watcher.weight_type, at::kFloat) << precision;
    if (GetParam().config.family != ModelFamily::kDetr) {
      EXPECT_EQ(watcher.value_type, *autocast_type(precision)) << precision;
    }
    for (const Tensor& t : {out.pred_logits, out.pred_boxes, out.hidden})
      EXPECT_EQ(t.scalar_type(), at::kFloat) << precision;
    // Of random weights; two stages may choose other proposals.
    if (GetParam().config.two_stage) continue;
    EXPECT_LT((out.pred_boxes - exact.pred_boxes).abs().max().item<float>(), 0.05) << precision;
    EXPECT_LT((out.pred_logits - exact.pred_logits).abs().max().item<float>(), 0.3) << precision;
  }
}

INSTANTIATE_TEST_SUITE_P(Model, EveryVariantOnADevice, testing::ValuesIn(kVariants),
                         [](const auto& info) { return info.param.name; });

TEST(DetectorOnADevice, SharedTensorsStaySharedAndTrainedOnesStayLeaves) {
  const auto detector = random_detector(tiny_deformable());
  detector->visit([](const std::string&, Tensor& tensor, TensorKind kind) {
    tensor.set_requires_grad(kind == TensorKind::kParameter);
  });

  detector->to(strict_device());

  EXPECT_EQ(detector->device(), strict_device());
  Tensor first, second;
  detector->visit([&](const std::string& name, Tensor& tensor, TensorKind kind) {
    EXPECT_EQ(tensor.device(), strict_device()) << name;
    EXPECT_EQ(tensor.requires_grad(), kind == TensorKind::kParameter) << name;
    EXPECT_TRUE(tensor.is_leaf()) << name;
    if (name == "class_embed.0.weight") first = tensor;
    if (name == "class_embed.1.weight") second = tensor;
  });
  ASSERT_TRUE(first.defined());
  EXPECT_TRUE(first.is_same(second));
}

// Gradients of a training pass, the masks of dropout drawn by the device.
std::vector<Tensor> gradients_of(bool recompute, const char* precision) {
  ModelConfig config = tiny_deformable();
  config.dropout = 0.5;
  const auto detector = random_detector(config);
  detector->to(strict_device());
  detector->set_training(true);
  detector->set_recompute(recompute);
  detector->visit([&](const std::string& name, Tensor& tensor, TensorKind kind) {
    tensor.set_requires_grad(is_trainable(config, name, kind));
  });
  const Batch batch = random_batch(64, 96);
  at::manual_seed(4);
  ModelOutput out;
  {
    const Autocast autocast(strict_device().type(), autocast_type(precision));
    out = detector->forward(batch.pixels.to(strict_device()), batch.mask);
  }
  (out.pred_logits.square().sum() + out.pred_boxes.square().sum()).backward();
  std::vector<Tensor> gradients;
  detector->visit([&](const std::string&, Tensor& tensor, TensorKind) {
    if (tensor.requires_grad()) gradients.push_back(tensor.grad().cpu().flatten());
  });
  return gradients;
}

TEST(DetectorOnADevice, ComputingLayersTwiceDropsTheSameElementsAndCastsAlike) {
  for (const char* precision : {"fp32", "bf16"}) {
    const Tensor once = at::cat(gradients_of(false, precision));
    const Tensor twice = at::cat(gradients_of(true, precision));
    const double bound = std::string(precision) == "fp32" ? 1e-5 : 2e-2;
    EXPECT_LT((twice - once).norm().item<double>(), bound * once.norm().item<double>())
        << precision;
  }
}

TEST(DetectorOnADevice, RefusesPixelsOfAnotherDevice) {
  const auto detector = random_detector(tiny_deformable());
  const Batch batch = random_batch(64, 96);
  detector->to(strict_device());
  EXPECT_EQ(error_of([&] { detector->forward(batch.pixels, batch.mask); }),
            "pixels are on cpu, this model is on strict:0; move them");
}

TEST(DetectorOnADevice, OutputsArriveTogetherAfterOneWait) {
  const Batch batch = random_batch(128, 96);
  const LoadedModel model{.detector = std::shared_ptr<Detector>(random_detector(tiny_two_stage()))};
  const ModelOutput here = infer(model, batch.pixels, batch.mask);
  model.detector->to(strict_device());
  reset_strict_waits();

  const ModelOutput there = on_cpu(infer(model, batch.pixels, batch.mask));

  EXPECT_EQ(strict_waits().events, 1) << strict_waits().text();
  EXPECT_EQ(strict_waits().all(), 1) << strict_waits().text();
  EXPECT_TRUE(there.pred_boxes.equal(here.pred_boxes));
  EXPECT_TRUE(there.enc_logits.equal(here.enc_logits));
}

// A graph that looks at what is recorded.
struct WatchingGraph : DeviceGraph {
  explicit WatchingGraph(StrictWaits& waits) : waits(waits) {}
  void record(const std::function<void()>& given) override {
    EXPECT_FALSE(at::autocast::is_autocast_cache_enabled());  // cast weights end with Autocast
    reset_strict_waits();
    given();
    waits = strict_waits();
    work = given;
  }
  void replay() override { work(); }

  StrictWaits& waits;
  std::function<void()> work;
};

TEST(DetectorOnADevice, AGraphReadsNothingOfTheHostThoughTheMaskLiesThere) {
  const auto detector = random_detector(tiny_deformable());
  const Batch batch = random_batch(64, 96);
  detector->to(strict_device());
  StrictWaits waits{.sent = -1};
  GraphedDetector graphed(
      *detector, [&](const c10::Device&) { return std::make_unique<WatchingGraph>(waits); });
  const Autocast autocast(strict_device().type(), at::kBFloat16);
  const Tensor pixels = batch.pixels.to(strict_device());
  const ModelOutput once = graphed.forward(pixels, batch.mask);
  graphed.forward(pixels, batch.mask);

  const ModelOutput recorded = graphed.forward(pixels, batch.mask);

  EXPECT_EQ(waits.all(), 0) << waits.text();
  EXPECT_EQ(waits.sent, 0) << waits.text();
  EXPECT_TRUE(at::equal(recorded.pred_boxes, once.pred_boxes));
}

}  // namespace
}  // namespace saccade
