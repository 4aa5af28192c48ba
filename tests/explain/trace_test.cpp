// The trace of a forward pass: what is recorded is what was computed, and stands where it is drawn.
#include "saccade/explain/trace.h"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <set>

#include "saccade/core/error.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

// One forward pass, recorded.
struct Recorded {
  ModelOutput output;
  Trace trace;
};

Recorded record(const Detector& detector, const FramedImage& image, const RecordOptions& options) {
  const c10::InferenceMode no_gradients;
  TraceRecorder recorder(options);
  Recorded out;
  out.output = detector.forward(image.pixels, image.mask, &recorder);
  out.trace = recorder.trace();
  return out;
}

RecordOptions encoder_at(double x, double y, int level) {
  return {.decoder_cross = false, .encoder_place = ImagePlace{x, y, level}, .keep_value = true};
}

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

// --- pixels ---------------------------------------------------------------------------------

// An image alone and in the upper left corner of a larger frame.
struct AloneAndPadded {
  Trace alone, padded;
};

AloneAndPadded alone_and_padded(std::int64_t height, std::int64_t width, std::int64_t frame_height,
                                std::int64_t frame_width) {
  const auto detector = random_detector(tiny_deformable(), 9);
  use_constant_offsets(*detector);
  const at::Tensor image = random_image(height, width);
  RecordOptions options{.encoder_place = ImagePlace{0.7, 0.3, 1}};
  AloneAndPadded out{record(*detector, framed(image, height, width), options).trace,
                     record(*detector, framed(image, frame_height, frame_width), options).trace};
  EXPECT_EQ(out.alone.valid_ratios.min().item<double>(), 1);
  EXPECT_LT(out.padded.valid_ratios.min().item<double>(), 1);
  return out;
}

at::Tensor pixels_of(const Trace& trace, const PointTrace& layer) {
  return points_in_pixels(layer.sampling_locations, trace.valid_ratios, 640, 480);
}

// Frames of whole cells of every level: nothing is rounded.
TEST(PointsInPixels, AreTheSameAloneAndInAPaddedFrame) {
  for (const auto& [frame_height, frame_width] : {std::pair(160, 192), std::pair(96, 256)}) {
    const auto [alone, padded] = alone_and_padded(96, 128, frame_height, frame_width);
    for (std::size_t i = 0; i < alone.decoder.size(); ++i) {
      const at::Tensor shift =
          pixels_of(alone, alone.decoder[i]) - pixels_of(padded, padded.decoder[i]);
      EXPECT_LT(shift.abs().max().item<double>(), 0.01) << "decoder layer " << i;
    }
    for (std::size_t i = 0; i < alone.encoder.size(); ++i) {
      const at::Tensor shift =
          pixels_of(alone, alone.encoder[i]) - pixels_of(padded, padded.encoder[i]);
      EXPECT_LT(shift.abs().max().item<double>(), 0.01) << "encoder layer " << i;
    }
  }
}

// Cells that carry image, (w, h) of each level.
at::Tensor valid_cells_of(const Trace& trace) {
  at::Tensor cells = at::empty({trace.level_count(), 2}, at::kDouble);
  for (int l = 0; l < trace.level_count(); ++l) {
    cells[l][0] = static_cast<double>(trace.levels[l].width);
    cells[l][1] = static_cast<double>(trace.levels[l].height);
  }
  return (cells * trace.valid_ratios).round();
}

// In other frames the border cell of a level may count or not: offsets, which are in cells, then
// stretch by that, and nothing else moves.
TEST(PointsInPixels, MoveInAnyFrameByTheRoundingOfACellAlone) {
  const auto [alone, padded] = alone_and_padded(90, 120, 150, 190);
  const at::Tensor stretch = (1 - valid_cells_of(alone) / valid_cells_of(padded)).abs();
  EXPECT_GT(stretch.max().item<double>(), 0);
  EXPECT_LT(stretch.max().item<double>(), 0.5);
  const at::Tensor size = at::tensor({640.0, 480.0}, at::kDouble);
  for (std::size_t i = 0; i < alone.decoder.size(); ++i) {
    const PointTrace& layer = alone.decoder[i];
    const at::Tensor offset =
        (layer.sampling_locations - layer.reference_points.unsqueeze(1).unsqueeze(3)).abs();
    const at::Tensor allowed = offset * stretch.view({1, 1, -1, 1, 2}) * size;
    const at::Tensor shift = (pixels_of(alone, layer) - pixels_of(padded, padded.decoder[i])).abs();
    EXPECT_LT((shift - allowed).max().item<double>(), 0.01) << "decoder layer " << i;
  }
}

// 4-d references: centre + offset / P * half the box, all in fractions of the image.
TEST(PointsInPixels, FollowTheBoxOfTheLayerBefore) {
  ModelConfig config = tiny_deformable();
  config.with_box_refine = true;
  const auto detector = random_detector(config, 10);
  use_constant_offsets(*detector);
  std::vector<at::Tensor> offsets(3);
  detector->visit([&](const std::string& name, at::Tensor& tensor, TensorKind) {
    for (int i = 0; i < 3; ++i) {
      if (name == text_of("transformer.decoder.layers.", i, ".cross_attn.sampling_offsets.bias"))
        offsets[i] = tensor.view({4, 4, 2, 2}).to(at::kDouble);
    }
  });
  const auto [output, trace] = record(*detector, framed(random_image(96, 128), 160, 192), {});
  for (int i = 1; i < 3; ++i) {
    const at::Tensor box = output.inter_references[i - 1][0].to(at::kDouble).view({7, 1, 1, 1, 4});
    const at::Tensor size = at::tensor({640.0, 480.0}, at::kDouble);
    const at::Tensor expected =
        (box.narrow(-1, 0, 2) + offsets[i].unsqueeze(0) / 2 * box.narrow(-1, 2, 2) * 0.5) * size;
    const at::Tensor drawn =
        points_in_pixels(trace.decoder[i].sampling_locations, trace.valid_ratios, 640, 480);
    EXPECT_LT((drawn - expected).abs().max().item<double>(), 0.01) << "layer " << i;
  }
}

TEST(PointsInPixels, UndoesTheValidRatioOfEachLevel) {
  const at::Tensor locations = at::tensor({0.25, 0.5, 0.25, 0.5}, at::kFloat).view({1, 1, 2, 1, 2});
  const at::Tensor ratios = at::tensor({0.5, 1.0, 1.0, 0.625}, at::kFloat).view({2, 2});
  const at::Tensor pixels = points_in_pixels(locations, ratios, 640, 400).flatten();
  EXPECT_DOUBLE_EQ(pixels[0].item<double>(), 320);
  EXPECT_DOUBLE_EQ(pixels[1].item<double>(), 200);
  EXPECT_DOUBLE_EQ(pixels[2].item<double>(), 160);
  EXPECT_DOUBLE_EQ(pixels[3].item<double>(), 320);
}

// --- the token under a place ------------------------------------------------------------------

const std::vector<LevelShape> kTwoLevels = {{4, 6}, {2, 3}};  // 24 and 6 tokens

TEST(TokenUnder, CornersBelongToTheCornerCells) {
  const at::Tensor whole = at::ones({2, 2});
  EXPECT_EQ(token_under({0, 0, 0}, kTwoLevels, whole), 0);
  EXPECT_EQ(token_under({0.999, 0, 0}, kTwoLevels, whole), 5);
  EXPECT_EQ(token_under({0, 0.999, 0}, kTwoLevels, whole), 18);
  EXPECT_EQ(token_under({0.999, 0.999, 0}, kTwoLevels, whole), 23);
  EXPECT_EQ(token_under({0, 0, 1}, kTwoLevels, whole), 24);
  EXPECT_EQ(token_under({0.5, 0.5, 1}, kTwoLevels, whole), 24 + 3 + 1);
}

TEST(TokenUnder, TheFarBorderAndBeyondBelongToTheLastCell) {
  const at::Tensor whole = at::ones({2, 2});
  EXPECT_EQ(token_under({1, 1, 0}, kTwoLevels, whole), 23);
  EXPECT_EQ(token_under({1, 1, 1}, kTwoLevels, whole), 29);
  EXPECT_EQ(token_under({1.5, -0.2, 0}, kTwoLevels, whole), 5);
}

// 3 of 6 columns and 3 of 4 rows carry image.
TEST(TokenUnder, CountsOnlyCellsThatCarryImage) {
  const at::Tensor ratios = at::tensor({0.5, 0.75, 1.0, 1.0}, at::kFloat).view({2, 2});
  EXPECT_EQ(token_under({0.999, 0.999, 0}, kTwoLevels, ratios), 2 * 6 + 2);
  EXPECT_EQ(token_under({1, 1, 0}, kTwoLevels, ratios), 2 * 6 + 2);
  EXPECT_EQ(token_under({0.34, 0.32, 0}, kTwoLevels, ratios), 1);
}

TEST(TokenUnder, ALevelThatDoesNotExistIsAWrongCall) {
  EXPECT_THROW(token_under({0, 0, 2}, kTwoLevels, at::ones({2, 2})), UsageError);
  EXPECT_THROW(token_under({0, 0, -1}, kTwoLevels, at::ones({2, 2})), UsageError);
}

// --- cells -----------------------------------------------------------------------------------

// One level of 2 x 4 cells, one head, three points of weights 0.5, 0.3 and 0.2.
TEST(ScatterToCells, GivesWeightToTheCellsThatWereRead) {
  const at::Tensor locations = at::tensor({1.5 / 4, 0.5 / 2,    // the centre of cell (0, 1)
                                           2.25 / 4, 1.25 / 2,  // between four cells
                                           0.0, 0.5 / 2},       // half outside, to the left
                                          at::kDouble)
                                   .view({1, 1, 3, 2});
  const at::Tensor weights = at::tensor({0.5, 0.3, 0.2}, at::kDouble).view({1, 1, 3});
  const auto maps = scatter_to_cells(locations, weights, {{2, 4}});
  ASSERT_EQ(maps.size(), 1u);
  // Point 2 stands at u = 1.75, v = 0.75: shares 0.25 | 0.75 across and down.
  const at::Tensor expected = at::tensor({0.1, 0.5 + 0.3 * 0.0625, 0.3 * 0.1875, 0.0,  //
                                          0.0, 0.3 * 0.1875, 0.3 * 0.5625, 0.0},
                                         at::kDouble)
                                  .view({2, 4});
  EXPECT_LT((maps[0] - expected).abs().max().item<double>(), 1e-12);
}

TEST(ScatterToCells, AveragesTheHeads) {
  const at::Tensor locations = at::tensor({0.25, 0.5, 0.75, 0.5}, at::kDouble).view({2, 1, 1, 2});
  const auto maps = scatter_to_cells(locations, at::ones({2, 1, 1}), {{1, 2}});
  EXPECT_DOUBLE_EQ(maps[0][0][0].item<double>(), 0.5);
  EXPECT_DOUBLE_EQ(maps[0][0][1].item<double>(), 0.5);
}

// How much of a sample at (x, y) lies on the map, from the distance to its borders alone.
double share_inside(double x, double y, const LevelShape& level) {
  const auto part = [](double u, double cells) {
    return std::clamp(std::min(u + 1, cells - u), 0.0, 1.0);
  };
  const auto width = static_cast<double>(level.width);
  const auto height = static_cast<double>(level.height);
  return part(x * width - 0.5, width) * part(y * height - 0.5, height);
}

TEST(ScatterToCells, WhatFellOutsideAndWhatIsThereAddUpToOne) {
  const std::vector<LevelShape> levels = {{5, 7}, {3, 4}, {1, 1}};
  at::manual_seed(12);
  double outside_of_all = 0;
  for (int round = 0; round < 50; ++round) {
    const at::Tensor locations = at::rand({4, 3, 4, 2}, at::kDouble) * 1.6 - 0.3;
    const at::Tensor weights = at::softmax(at::randn({4, 12}, at::kDouble), -1).view({4, 3, 4});
    double inside = 0;
    for (const at::Tensor& map : scatter_to_cells(locations, weights, levels)) {
      EXPECT_GE(map.min().item<double>(), 0);
      inside += map.sum().item<double>();
    }
    double outside = 0;
    const auto place = locations.accessor<double, 4>();
    const auto weight = weights.accessor<double, 3>();
    for (int m = 0; m < 4; ++m) {
      for (int l = 0; l < 3; ++l) {
        for (int p = 0; p < 4; ++p) {
          outside += weight[m][l][p] / 4 *
                     (1 - share_inside(place[m][l][p][0], place[m][l][p][1], levels[l]));
        }
      }
    }
    ASSERT_NEAR(inside + outside, 1, 1e-12);
    outside_of_all += outside;
  }
  EXPECT_GT(outside_of_all, 1);
}

// --- the part that is the query's own -----------------------------------------------------------

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
