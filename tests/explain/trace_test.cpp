// The trace of a forward pass: what is recorded is what was computed.
#include "saccade/explain/trace.h"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "tests/explain/recorded_run.h"

namespace saccade {
namespace {

// The cell (row, column) of channel d of head m; outside the map there are zeros.
double cell(const at::TensorAccessor<float, 3>& value, std::int64_t start, const LevelShape& level,
            std::int64_t row, std::int64_t column, std::int64_t m, std::int64_t d) {
  if (row < 0 || column < 0 || row >= level.height || column >= level.width) return 0;
  return value[start + row * level.width + column][m][d];
}

// What query q attended to in head m, channel d, by equation 3 of the paper in plain loops.
double attended(const PointTrace& layer, const std::vector<LevelShape>& levels, std::int64_t q,
                std::int64_t m, std::int64_t d) {
  const auto value = layer.value.accessor<float, 3>();
  const auto place = layer.sampling_locations.accessor<float, 5>();
  const auto weight = layer.attention_weights.accessor<float, 4>();
  double sum = 0;
  std::int64_t start = 0;
  for (std::int64_t l = 0; l < static_cast<std::int64_t>(levels.size()); ++l) {
    for (std::int64_t p = 0; p < layer.attention_weights.size(3); ++p) {
      const double u = place[q][m][l][p][0] * static_cast<double>(levels[l].width) - 0.5;
      const double v = place[q][m][l][p][1] * static_cast<double>(levels[l].height) - 0.5;
      const auto left = static_cast<std::int64_t>(std::floor(u));
      const auto top = static_cast<std::int64_t>(std::floor(v));
      const double right_part = u - static_cast<double>(left);
      const double below_part = v - static_cast<double>(top);
      const auto at = [&](std::int64_t row, std::int64_t column) {
        return cell(value, start, levels[l], row, column, m, d);
      };
      const double upper = (1 - right_part) * at(top, left) + right_part * at(top, left + 1);
      const double lower =
          (1 - right_part) * at(top + 1, left) + right_part * at(top + 1, left + 1);
      sum += weight[q][m][l][p] * ((1 - below_part) * upper + below_part * lower);
    }
    start += levels[l].cells();
  }
  return sum;
}

void expect_output_rebuilt(const PointTrace& layer, const std::vector<LevelShape>& levels) {
  const auto heads = layer.value.size(1);
  const auto channels = layer.value.size(2);
  const auto output = layer.output.accessor<float, 2>();
  ASSERT_EQ(output.size(1), heads * channels);
  for (std::int64_t q = 0; q < output.size(0); ++q) {
    for (std::int64_t m = 0; m < heads; ++m) {
      for (std::int64_t d = 0; d < channels; ++d) {
        ASSERT_NEAR(output[q][m * channels + d], attended(layer, levels, q, m, d), 1e-5)
            << "layer " << layer.layer << ", query " << q << ", head " << m << ", channel " << d;
      }
    }
  }
}

// Some points of a layer lie outside the map: the tests below must meet that case.
bool reaches_outside(const PointTrace& layer) {
  return ((layer.sampling_locations < 0) | (layer.sampling_locations > 1)).any().item<bool>();
}

TEST(Trace, PointsWeightsAndValuesOfTheDecoderGiveTheRecordedOutput) {
  for (const bool refine : {false, true}) {
    ModelConfig config = tiny_deformable();
    config.with_box_refine = refine;
    const auto detector = random_detector(config, 3);
    const auto [output, trace] =
        record(*detector, framed(random_image(96, 128), 120, 160), {.keep_value = true});
    ASSERT_EQ(trace.decoder.size(), 3u);
    EXPECT_TRUE(trace.encoder.empty());
    for (int i = 0; i < 3; ++i) {
      const PointTrace& layer = trace.decoder[i];
      EXPECT_EQ(layer.layer, i);
      EXPECT_EQ(layer.reference_points.size(-1), refine && i > 0 ? 4 : 2);
      EXPECT_EQ(layer.sampling_locations.sizes(), at::IntArrayRef({7, 4, 4, 2, 2}));
      EXPECT_TRUE(reaches_outside(layer));
      expect_output_rebuilt(layer, trace.levels);
    }
  }
}

TEST(Trace, PointsWeightsAndValuesOfATokenGiveTheRecordedOutput) {
  const auto detector = random_detector(tiny_deformable(), 4);
  for (int level = 0; level < 4; ++level) {
    const auto trace =
        record(*detector, framed(random_image(96, 128), 120, 160), encoder_at(0.9, 0.95, level))
            .trace;
    ASSERT_EQ(trace.encoder.size(), 2u);
    EXPECT_TRUE(trace.decoder.empty());
    for (const PointTrace& layer : trace.encoder) {
      EXPECT_EQ(layer.sampling_locations.sizes(), at::IntArrayRef({1, 4, 4, 3, 2}));
      expect_output_rebuilt(layer, trace.levels);
    }
  }
}

TEST(Trace, WeightsOfAHeadSumToOneOverLevelsAndPoints) {
  const auto detector = random_detector(tiny_deformable(), 5);
  const auto trace =
      record(*detector, framed(random_image(64, 96), 64, 96), {.decoder_self = true}).trace;
  ASSERT_EQ(trace.decoder.size(), 3u);
  for (const PointTrace& layer : trace.decoder) {
    const at::Tensor sums = layer.attention_weights.to(at::kDouble).sum({2, 3});
    EXPECT_LT((sums - 1).abs().max().item<double>(), 1e-6);
    EXPECT_LT((layer.mean_weights.to(at::kDouble).sum({1, 2}) - 1).abs().max().item<double>(),
              1e-6);
    EXPECT_GT(layer.attention_weights.std().item<double>(), 1e-3);  // not merely uniform
  }
  ASSERT_EQ(trace.decoder_self.size(), 3u);
  for (const DenseTrace& layer : trace.decoder_self) {
    EXPECT_EQ(layer.weights.sizes(), at::IntArrayRef({4, 7, 7}));
    EXPECT_LT((layer.weights.sum(-1) - 1).abs().max().item<double>(), 1e-5);
  }
}

TEST(Trace, PlainDetrRecordsTheMapOfOneTokenAndOfEveryQuery) {
  const auto detector = random_detector(tiny_detr(), 6);
  RecordOptions options{.decoder_self = true, .encoder_place = ImagePlace{0.6, 0.4, 0}};
  const auto trace = record(*detector, framed(random_image(96, 128), 96, 128), options).trace;
  ASSERT_EQ(trace.levels.size(), 1u);
  EXPECT_EQ(trace.encoder_token, 1 * 4 + 2);  // 3 x 4 cells of 32 pixels
  ASSERT_EQ(trace.encoder_dense.size(), 2u);
  ASSERT_EQ(trace.decoder_dense.size(), 3u);
  EXPECT_EQ(trace.encoder_dense[1].weights.sizes(), at::IntArrayRef({4, 1, 12}));
  EXPECT_EQ(trace.decoder_dense[2].weights.sizes(), at::IntArrayRef({4, 7, 12}));
  for (const auto& layer : {trace.encoder_dense[0], trace.decoder_dense[0], trace.decoder_self[0]})
    EXPECT_LT((layer.weights.sum(-1) - 1).abs().max().item<double>(), 1e-5);
}

TEST(Trace, RecordingChangesNoBitOfTheOutput) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_detr()}) {
    const auto detector = random_detector(config, 7);
    const FramedImage image = framed(random_image(96, 128), 120, 160);
    const c10::InferenceMode no_gradients;
    const ModelOutput plain = detector->forward(image.pixels, image.mask);
    RecordOptions all{
        .decoder_self = true, .encoder_place = ImagePlace{0.5, 0.5, 0}, .keep_value = true};
    const ModelOutput watched = record(*detector, image, all).output;
    EXPECT_TRUE(plain.pred_logits.equal(watched.pred_logits));
    EXPECT_TRUE(plain.pred_boxes.equal(watched.pred_boxes));
    EXPECT_TRUE(plain.hidden.equal(watched.hidden));
    EXPECT_GT(plain.pred_logits.std().item<double>(), 1e-3);
  }
}

TEST(Trace, RefusesABatchOfTwo) {
  const auto detector = random_detector(tiny_deformable(), 8);
  const at::Tensor pixels = at::zeros({2, 3, 64, 64});
  TraceRecorder recorder({});
  EXPECT_THROW(
      detector->forward(pixels, at::zeros({2, 64, 64}, at::TensorOptions(at::kBool)), &recorder),
      Error);
}

TEST(QuerySpecificPart, OfATokenIsThatOfAllTokens) {
  const auto detector = random_detector(tiny_deformable(), 13);
  const FramedImage image = framed(random_image(64, 96), 64, 96);
  const Trace one = record(*detector, image, encoder_at(0.1, 0.1, 0)).trace;
  const Trace other = record(*detector, image, encoder_at(0.8, 0.8, 2)).trace;
  EXPECT_NE(one.encoder_token, other.encoder_token);
  EXPECT_EQ(one.encoder[0].query_specific, other.encoder[0].query_specific);
  EXPECT_GT(one.encoder[0].query_specific.weights, 0);
  EXPECT_LT(one.encoder[0].query_specific.weights, 1);
  EXPECT_GT(one.encoder[0].query_specific.offsets, 0);
  EXPECT_LT(one.encoder[0].query_specific.offsets, 1);
  EXPECT_EQ(one.encoder[0].heads_specific.size(), 4u);
}

}  // namespace
}  // namespace saccade
