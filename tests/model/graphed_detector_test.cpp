// Recorded forward passes give what the detector gives.
#include "saccade/model/graphed_detector.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>

#include "tests/model/tiny_models.h"

namespace saccade {
namespace {

struct Counts {
  int recorded = 0, replayed = 0;
};

// A device's graph as the CPU can have it: replay runs the work again on the same inputs.
class RepeatingGraph : public DeviceGraph {
 public:
  explicit RepeatingGraph(Counts& counts) : counts_(counts) {}
  void record(const std::function<void()>& work) override {
    ++counts_.recorded;
    work_ = work;
    work();
  }
  void replay() override {
    ++counts_.replayed;
    work_();
  }

 private:
  Counts& counts_;
  std::function<void()> work_;
};

// Writes every result where the last one was, as a replayed graph does: the mean of the pixels.
class SameMemoryDetector : public Detector {
 public:
  SameMemoryDetector() : Detector(tiny_deformable()) {}
  EncoderState encoder_start(const at::Tensor& pixels, const at::Tensor&,
                             EncoderProbe*) const override {
    return {.memory = {.tokens = pixels.mean()}};
  }
  Memory encode_from(const EncoderState& state, AttentionHook*, EncoderProbe*) const override {
    return state.memory;
  }
  DecoderState decoder_start(const Memory&, ModelOutput&) const override { return {}; }
  void decode_from(const Memory& memory, const DecoderState&, AttentionHook*,
                   ModelOutput& output) const override {
    boxes_.copy_(memory.tokens);
    output = {.pred_logits = boxes_, .pred_boxes = boxes_, .hidden = boxes_};
  }
  void visit(const TensorVisitor&) override {}

 private:
  mutable at::Tensor boxes_ = at::zeros({});
};

struct Graphed {
  std::unique_ptr<Detector> detector = random_detector(tiny_deformable());
  Counts counts;
  GraphedDetector graphed{*detector, [this](const c10::Device&) -> std::unique_ptr<DeviceGraph> {
                            return std::make_unique<RepeatingGraph>(counts);
                          }};

  static at::Tensor mask_of(const at::Tensor& pixels) {
    return at::zeros({pixels.size(0), pixels.size(2), pixels.size(3)}, at::kBool);
  }
  // Whether the result has the bits of the detector's own.
  bool agrees(const at::Tensor& pixels) {
    const at::Tensor mask = mask_of(pixels);
    const ModelOutput got = graphed.forward(pixels, mask);
    const c10::InferenceMode no_gradients;
    const ModelOutput wanted = detector->forward(pixels, mask);
    return at::equal(got.pred_logits, wanted.pred_logits) &&
           at::equal(got.pred_boxes, wanted.pred_boxes) && at::equal(got.hidden, wanted.hidden);
  }
};

TEST(GraphedDetector, RecordsASizeThatComesForTheThirdTime) {
  Graphed g;
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(g.agrees(at::randn({1, 3, 64, 96})));
  EXPECT_EQ(g.counts.recorded, 0);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(g.agrees(at::randn({1, 3, 64, 96})));
  EXPECT_EQ(g.counts.recorded, 1);
  EXPECT_EQ(g.counts.replayed, 3);
}

TEST(GraphedDetector, APaddedBatchIsReadWithItsOwnMask) {
  Graphed g;
  for (int i = 0; i < 4; ++i) {
    const at::Tensor pixels = at::randn({2, 3, 64, 96});
    at::Tensor mask = Graphed::mask_of(pixels);
    mask[1].narrow(1, 96 - 8 * i, 8 * i).fill_(true);
    const ModelOutput got = g.graphed.forward(pixels, mask);
    const c10::InferenceMode no_gradients;
    EXPECT_TRUE(at::equal(got.pred_boxes, g.detector->forward(pixels, mask).pred_boxes)) << i;
  }
}

TEST(GraphedDetector, AResultOutlivesTheNextReplay) {
  const SameMemoryDetector detector;
  Counts counts;
  GraphedDetector graphed(
      detector, [&](const c10::Device&) { return std::make_unique<RepeatingGraph>(counts); });
  std::vector<at::Tensor> results;
  for (int i = 0; i < 5; ++i) {
    const at::Tensor pixels = at::full({1, 3, 8, 8}, static_cast<float>(i));
    results.push_back(graphed.forward(pixels, Graphed::mask_of(pixels)).pred_boxes);
  }
  ASSERT_EQ(counts.replayed, 3);
  for (int i = 2; i < 5; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)].item<float>(), i);
}

TEST(GraphedDetector, KeepsFourSizesAndRecordsAnOldOneAnew) {
  const SameMemoryDetector detector;
  Counts counts;
  GraphedDetector graphed(
      detector, [&](const c10::Device&) { return std::make_unique<RepeatingGraph>(counts); });
  const auto run = [&](std::int64_t width, int times) {
    const at::Tensor pixels = at::zeros({1, 3, 64, width});
    for (int i = 0; i < times; ++i) graphed.forward(pixels, Graphed::mask_of(pixels));
  };
  for (const std::int64_t width : {64, 96, 128, 160, 192}) run(width, 3);
  EXPECT_EQ(graphed.recorded(), 4);
  EXPECT_EQ(counts.recorded, 5);
  run(192, 1);
  EXPECT_EQ(counts.recorded, 5);
  run(64, 1);
  EXPECT_EQ(counts.recorded, 6);
}

TEST(GraphedDetector, OnTheCpuNothingIsRecorded) {
  const SameMemoryDetector detector;
  GraphedDetector graphed(detector);
  const at::Tensor pixels = at::randn({1, 3, 64, 64});
  for (int i = 0; i < 5; ++i) graphed.forward(pixels, Graphed::mask_of(pixels));
  EXPECT_EQ(graphed.recorded(), 0);
}

class FailingGraph : public DeviceGraph {
  void record(const std::function<void()>&) override { throw std::runtime_error("out of memory"); }
  void replay() override {}
};

TEST(GraphedDetector, ARecordingThatFailsIsToldAndNotKept) {
  const SameMemoryDetector detector;
  GraphedDetector graphed(detector,
                          [](const c10::Device&) { return std::make_unique<FailingGraph>(); });
  const at::Tensor pixels = at::randn({1, 3, 64, 64});
  const at::Tensor mask = Graphed::mask_of(pixels);
  for (int i = 0; i < 2; ++i) graphed.forward(pixels, mask);
  EXPECT_THAT(
      error_of([&] { graphed.forward(pixels, mask); }),
      testing::HasSubstr("CUDA graph: out of memory; SACCADE_CUDA_GRAPHS=off goes without"));
  EXPECT_EQ(graphed.recorded(), 0);
}

}  // namespace
}  // namespace saccade
