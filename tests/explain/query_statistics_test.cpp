// What a query's attention did, in numbers: examples by hand, and of a whole detector.
#include "saccade/explain/query_statistics.h"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/explain/intervener.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

// One query, one head, two levels of one point: weight 0.75 at the reference, 0.25 30 px to its right, on an image of
// 100 x 50 px.
DeformableAttentionCall one_query() {
  return {.site = AttentionSite::kDecoderCross,
          .layer = 0,
          .reference_points = at::tensor({0.5, 0.5, 0.5, 0.5}).view({1, 1, 2, 2}),
          .sampling_locations = at::tensor({0.5, 0.5, 0.8, 0.5}).view({1, 1, 1, 2, 1, 2}),
          .attention_weights = at::tensor({0.75, 0.25}).view({1, 1, 1, 2, 1})};
}

PassImages wide_image() { return {.sizes = {{100, 50}}, .valid_ratios = at::ones({1, 2, 2})}; }

std::vector<double> numbers_of(const at::Tensor& all) {
  const at::Tensor row = all[0][0].to(at::kDouble).contiguous();
  return {row.const_data_ptr<double>(), row.const_data_ptr<double>() + row.numel()};
}

// A box of 40 x 30 px has half a diagonal of 25: radius 0.25 * 30 / 25.
TEST(QueryStatistics, OfTheWorkedExample) {
  const at::Tensor box = at::tensor({0.5, 0.5, 0.4, 0.6}).view({1, 1, 4});
  const auto n = numbers_of(query_statistics(one_query(), wide_image(), box));
  ASSERT_EQ(n.size(), 6u);
  EXPECT_NEAR(n[kRadius], 0.3, 1e-6);
  EXPECT_NEAR(n[kEntropy], -(0.75 * std::log(0.75) + 0.25 * std::log(0.25)) / std::log(2), 1e-6);
  EXPECT_NEAR(n[kInBox], 0.75, 1e-6);
  EXPECT_NEAR(n[kOutside], 0, 1e-6);
  EXPECT_NEAR(n[kNumAttentionNumbers], 0.75, 1e-6);
  EXPECT_NEAR(n[kNumAttentionNumbers + 1], 0.25, 1e-6);
}

TEST(QueryStatistics, OutsideIsBeyondTheImageWithoutPadding) {
  PassImages half = wide_image();  // the image fills the left half of the padded levels
  half.valid_ratios = at::tensor({0.5, 1.0, 0.5, 1.0}).view({1, 2, 2});
  DeformableAttentionCall call = one_query();
  call.reference_points = at::tensor({0.25, 0.5, 0.25, 0.5}).view({1, 1, 2, 2});
  call.sampling_locations = at::tensor({0.25, 0.5, 0.6, 0.5}).view({1, 1, 1, 2, 1, 2});
  const at::Tensor box = at::tensor({0.5, 0.5, 0.4, 0.6}).view({1, 1, 4});
  const auto n = numbers_of(query_statistics(call, half, box));
  EXPECT_NEAR(n[kOutside], 0.25, 1e-6);
  EXPECT_NEAR(n[kRadius], 0.25 * 70 / 25,
              1e-5);  // 0.6 / 0.5 of 100 px is 120, 70 from the reference
}

// 2 x 4 cells: the box covers the left half, whose four cells have all the weight but one eighth.
TEST(QueryStatistics, OfDenseAttention) {
  const DenseAttentionCall call{
      .site = AttentionSite::kDecoderCross,
      .layer = 0,
      .weights = at::tensor({0.25, 0.25, 0.125, 0.0, 0.25, 0.125, 0.0, 0.0}).view({1, 1, 1, 8})};
  PassImages images = wide_image();
  images.levels = {{2, 4}};
  images.valid_ratios = at::ones({1, 1, 2});
  const at::Tensor box = at::tensor({0.25, 0.5, 0.5, 1.0}).view({1, 1, 4});
  const auto n = numbers_of(query_statistics(call, images, box));
  ASSERT_EQ(n.size(), 5u);
  EXPECT_TRUE(std::isnan(n[kRadius]));
  EXPECT_NEAR(n[kInBox], 0.875, 1e-6);
  EXPECT_NEAR(n[kNumAttentionNumbers], 1, 1e-6);
}

TEST(StatisticsRecorder, HasTheNumbersOfEveryQueryAfterAPass) {
  const c10::InferenceMode no_gradients;
  for (const ModelConfig& config : {tiny_deformable(), tiny_refining(), tiny_detr()}) {
    const auto detector = random_detector(config, 3);
    StatisticsRecorder recorder(config);
    const FramedImage image = framed(random_image(64, 96), 64, 96);
    recorder.on_images({{96, 64}});
    const ModelOutput output = detector->forward(image.pixels, image.mask, &recorder);
    const at::Tensor numbers = recorder.take(output.pred_boxes[-1]);
    EXPECT_EQ(numbers.sizes(), at::IntArrayRef({1, config.num_queries, recorder.numbers()}));
    const at::Tensor levels =
        numbers.narrow(-1, kNumAttentionNumbers, recorder.numbers() - kNumAttentionNumbers);
    EXPECT_TRUE(at::allclose(levels.sum(-1), at::ones({1, config.num_queries}), 1e-4, 1e-4));
    EXPECT_TRUE(numbers.select(-1, kEntropy)
                    .ge(0)
                    .logical_and(numbers.select(-1, kEntropy).le(1.0001))
                    .all()
                    .item<bool>());
    EXPECT_TRUE(recorder.take(output.pred_boxes[-1]).isnan().all().item<bool>());  // once
  }
}

TEST(StatisticsRecorder, IsOfTheLastLayerThatAnswers) {
  const c10::InferenceMode no_gradients;
  const ModelConfig config = tiny_deformable();
  const auto detector = random_detector(config, 3);
  const FramedImage image = framed(random_image(64, 96), 64, 96);
  const auto watched = [&](const std::vector<Intervention>& changes) {
    StatisticsRecorder recorder(config, changes);
    recorder.on_images({{96, 64}});
    const ModelOutput output = detector->forward(image.pixels, image.mask, &recorder);
    return recorder.take(output.pred_boxes[-1]);
  };
  ModelConfig shorter = config;
  shorter.dec_layers = 2;
  StatisticsRecorder second(shorter);
  second.on_images({{96, 64}});
  const ModelOutput output = detector->forward(image.pixels, image.mask, &second);
  const at::Tensor wanted = second.take(output.pred_boxes[-1]);
  EXPECT_TRUE(at::equal(watched({{"", EarlyExit{1}}, {"", EarlyExit{2}}}), wanted));
  EXPECT_FALSE(at::equal(watched({}), wanted));
}

TEST(StatisticsRecorder, KnowsNothingOfALayerThatIsSkipped) {
  const c10::InferenceMode no_gradients;
  const ModelConfig config = tiny_deformable();
  const auto detector = random_detector(config, 3);
  StatisticsRecorder recorder(config);
  const std::vector<Intervention> off{
      {"", BranchOff{Branch::kDecoderCross, {.all = false, .some = {config.dec_layers - 1}}}}};
  Intervener intervener(off, &recorder);
  intervener.on_images({{96, 64}});
  const FramedImage image = framed(random_image(64, 96), 64, 96);
  const ModelOutput output = detector->forward(image.pixels, image.mask, &intervener);
  EXPECT_TRUE(recorder.take(output.pred_boxes[-1]).isnan().all().item<bool>());
}

}  // namespace
}  // namespace saccade
