// The roll-out of an encoder token: shares stay shares, and go where the token read.
#include "saccade/explain/flow.h"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/core/levels.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

const std::vector<LevelShape> kLevels = {{2, 3}, {1, 2}};  // 6 and 2 tokens

// Every token reads one point of each level; level 0 has all the weight.
TokenReads reads_at(const std::vector<std::pair<double, double>>& places) {
  TokenReads reads{.layer = 0,
                   .sampling_locations = at::full({8, 1, 2, 1, 2}, 0.5),
                   .attention_weights = at::zeros({8, 1, 2, 1})};
  for (int t = 0; t < 8; ++t) {
    reads.sampling_locations[t][0][0][0][0] = places[t].first;
    reads.sampling_locations[t][0][0][0][1] = places[t].second;
    reads.attention_weights[t][0][0][0] = 1;
  }
  return reads;
}

double total(const std::vector<at::Tensor>& maps) {
  double sum = 0;
  for (const at::Tensor& map : maps) sum += map.sum().item<double>();
  return sum;
}

std::pair<double, double> centre_of(int row, int column) {
  return {(column + 0.5) / 3, (row + 0.5) / 2};
}

TEST(RollOut, ATokenThatReadsItselfKeepsEverything) {
  std::vector<std::pair<double, double>> own(8, centre_of(0, 0));
  own[4] = centre_of(1, 1);
  const TokenReads layer = reads_at(own);
  for (const auto& layers : {std::vector{layer}, std::vector{layer, layer, layer}}) {
    const auto maps = roll_out(layers, 4, kLevels);
    ASSERT_EQ(maps.size(), 2u);
    EXPECT_NEAR(maps[0][1][1].item<double>(), 1, 1e-6);
    EXPECT_NEAR(total(maps), 1, 1e-6);
  }
}

// Token 0 reads the centre of token 2, which reads the centre of token 5: after two layers a
// quarter stays, half is with token 2 (a quarter by each order of staying and going), a quarter
// with token 5.
TEST(RollOut, HalfStaysAndHalfGoesAtEveryLayer) {
  std::vector<std::pair<double, double>> places(8, centre_of(0, 0));
  places[0] = centre_of(0, 2);
  places[2] = centre_of(1, 2);
  const TokenReads layer = reads_at(places);
  const auto maps = roll_out({layer, layer}, 0, kLevels);
  EXPECT_NEAR(maps[0][0][0].item<double>(), 0.25, 1e-6);
  EXPECT_NEAR(maps[0][0][2].item<double>(), 0.5, 1e-6);
  EXPECT_NEAR(maps[0][1][2].item<double>(), 0.25, 1e-6);
  EXPECT_NEAR(total(maps), 1, 1e-6);
}

// The last layer is followed first: the order of the layers matters.
TEST(RollOut, GoesFromTheLastLayerToTheFirst) {
  std::vector<std::pair<double, double>> to_2(8, centre_of(0, 2)), to_5(8, centre_of(0, 0));
  to_5[2] = centre_of(1, 2);
  to_5[0] = centre_of(0, 0);
  const auto maps = roll_out({reads_at(to_5), reads_at(to_2)}, 0, kLevels);
  EXPECT_NEAR(maps[0][1][2].item<double>(), 0.25, 1e-6);
  EXPECT_NEAR(roll_out({reads_at(to_2), reads_at(to_5)}, 0, kLevels)[0][1][2].item<double>(), 0,
              1e-6);
}

TEST(RollOut, LosesWhatIsReadOutsideTheImage) {
  const TokenReads outside = reads_at(std::vector<std::pair<double, double>>(8, {2.0, 0.5}));
  EXPECT_NEAR(total(roll_out({outside}, 3, kLevels)), 0.5, 1e-6);
  EXPECT_NEAR(total(roll_out({outside, outside}, 3, kLevels)), 0.25, 1e-6);
}

TEST(RollOut, OfARealEncoderIsAShareOfOne) {
  const auto detector = random_detector(tiny_deformable(), 21);
  const FramedImage image = framed(random_image(96, 128), 120, 160);
  FlowRecorder recorder({0, 1});
  const c10::InferenceMode no_gradients;
  detector->encode(image.pixels, image.mask, &recorder);
  ASSERT_EQ(recorder.reads().size(), 2u);
  EXPECT_EQ(recorder.reads()[0].layer, 0);
  EXPECT_EQ(recorder.reads()[1].layer, 1);
  const auto tokens = token_count(recorder.levels());
  EXPECT_EQ(recorder.reads()[0].attention_weights.size(0), tokens);
  for (const std::int64_t token : {std::int64_t{0}, std::int64_t{45}, tokens - 1}) {
    const auto maps = roll_out(recorder.reads(), token, recorder.levels());
    const TokenPlace place = place_of_token(recorder.levels(), token);
    EXPECT_LE(total(maps), 1 + 1e-6);
    EXPECT_GE(maps[place.level][place.row][place.column].item<double>(), 0.25 - 1e-6);
    // One layer back by hand: half stays, the other half is the scattered mean of the heads.
    const TokenReads& last = recorder.reads()[1];
    auto expected = scatter_to_cells(last.sampling_locations[token], last.attention_weights[token],
                                     recorder.levels());
    const auto one_layer = roll_out({last}, token, recorder.levels());
    for (std::size_t l = 0; l < expected.size(); ++l) {
      at::Tensor half = expected[l] / 2;
      if (static_cast<int>(l) == place.level) half[place.row][place.column] += 0.5;
      EXPECT_LT((one_layer[l] - half).abs().max().item<double>(), 1e-6);
    }
  }
}

TEST(FlowRecorder, RecordsOnlyTheLayersAskedFor) {
  const auto detector = random_detector(tiny_deformable(), 22);
  const FramedImage image = framed(random_image(64, 64), 64, 64);
  FlowRecorder recorder({1});
  const c10::InferenceMode no_gradients;
  detector->forward(image.pixels, image.mask, &recorder);
  ASSERT_EQ(recorder.reads().size(), 1u);
  EXPECT_EQ(recorder.reads()[0].layer, 1);
}

}  // namespace
}  // namespace saccade
