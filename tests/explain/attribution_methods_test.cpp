// Gradient, relevance, ODAM and D-RISE against their definitions, by differences and plain loops.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "saccade/core/error.h"
#include "saccade/explain/attribution.h"
#include "saccade/explain/detection_vector.h"
#include "saccade/explain/drise.h"
#include "saccade/explain/flow.h"
#include "saccade/explain/intervention_text.h"
#include "saccade/explain/trace.h"
#include "saccade/model/postprocess.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

using at::Tensor;

constexpr OriginalSize kOriginal{128,
                                 96};  // the input's own size: maps of its pixels are not resampled

// In float64, so that differences tell.
struct Subject {
  explicit Subject(const ModelConfig& config, at::ScalarType type = at::kDouble) {
    model.detector = random_detector(config, 51);
    model.detector->to(type);
    image = framed(random_image(96, 128), 96, 128);
    image.pixels = image.pixels.to(type);
    attributor.emplace(model, image.pixels, image.mask, kOriginal);
  }
  double value(const AttributionTarget& target, const Tensor& pixels) const {
    const at::AutoGradMode no_graph(false);
    const AttributedImage& image_of = attributor->image();
    return image_of.value_of(target, image_of.decode(image_of.encode(pixels, nullptr), nullptr))
        .item<double>();
  }
  double value(const AttributionTarget& target, const Memory& memory,
               AttentionHook* hook = nullptr) const {
    const at::AutoGradMode no_graph(false);
    return attributor->image()
        .value_of(target, attributor->image().decode(memory, hook))
        .item<double>();
  }
  LoadedModel model;
  FramedImage image;
  std::optional<Attributor> attributor;
};

std::vector<ModelConfig> families() {
  return {tiny_deformable(), tiny_refining(), tiny_two_stage(), tiny_detr()};
}

TEST(GradientMap, IsTheLengthOfTheTargetsSlopeAtEachPixel) {
  for (const ModelConfig& config : families()) {
    const Subject s(config);
    for (const AttributionTarget& target :
         {AttributionTarget{.query = 2, .label = 1},
          AttributionTarget{.query = 2, .output = TargetOutput::kX1}}) {
      const AttributionMap map = s.attributor->map(AttributionMethod::kGradient, target);
      EXPECT_TRUE(map.levels.empty());
      ASSERT_EQ(map.map.sizes(), at::IntArrayRef({96, 128}));
      for (const auto& [y, x] : {std::pair{40, 60}, std::pair{10, 100}}) {
        double squares = 0;
        for (int c = 0; c < 3; ++c) {
          Tensor moved = s.image.pixels.clone();
          moved[0][c][y][x] += 1e-5;
          const double more = s.value(target, moved);
          moved[0][c][y][x] -= 2e-5;
          squares += std::pow((more - s.value(target, moved)) / 2e-5, 2);
        }
        const double expected = std::sqrt(squares);
        EXPECT_GT(expected, 0);
        EXPECT_NEAR(map.map[y][x].item<double>(), expected, 1e-4 * expected + 1e-7);
      }
    }
  }
}

TEST(GradientMap, OfSeveralTargetsIsThatOfEach) {
  const Subject s(tiny_refining());
  const std::vector<AttributionTarget> targets = {{.query = 1, .label = 2},
                                                  {.query = 3, .output = TargetOutput::kY}};
  const auto maps = s.attributor->maps(AttributionMethod::kGradient, targets);
  ASSERT_EQ(maps.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_TRUE(
        maps[i].map.allclose(s.attributor->map(AttributionMethod::kGradient, targets[i]).map));
  EXPECT_FALSE(maps[0].map.allclose(maps[1].map));
}

// --- relevance ------------------------------------------------------------------------------

// [S, S], row t: what token t read, mean of the heads.
Tensor dense_matrix(const TokenReads& reads, const std::vector<LevelShape>& levels) {
  std::vector<Tensor> rows;
  for (std::int64_t t = 0; t < reads.attention_weights.size(0); ++t) {
    std::vector<Tensor> cells;
    for (const Tensor& map :
         scatter_to_cells(reads.sampling_locations[t], reads.attention_weights[t], levels))
      cells.push_back(map.flatten());
    rows.push_back(at::cat(cells));
  }
  return at::stack(rows);
}

Tensor flat(const std::vector<Tensor>& levels) {
  std::vector<Tensor> all;
  for (const Tensor& level : levels) all.push_back(level.flatten());
  return at::cat(all);
}

TEST(Relevance, IsThePositiveReadsCarriedBackAsAVector) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_refining(), tiny_two_stage()}) {
    const Subject s(config);
    const AttributedImage& image = s.attributor->image();
    const auto& levels = image.memory().levels;
    const AttributionTarget target{.query = 5, .output = TargetOutput::kX0};
    Tensor r = at::zeros({token_count(levels)}, at::kDouble);
    for (const PointScores& layer : s.attributor->points(AttributionMethod::kDirected, target))
      r += flat(scatter_to_cells(layer.sampling_locations, layer.scores.clamp_min(0), levels));
    EXPECT_GT(r.sum().item<double>(), 0);
    for (int layer = 1; layer >= 0; --layer) {
      r = r + at::matmul(dense_matrix(image.encoder_reads()[layer], levels).t(), r);
      r = r / r.sum();
    }
    const AttributionMap map = s.attributor->map(AttributionMethod::kRelevance, target);
    EXPECT_LT((flat(map.levels) - r).abs().max().item<double>(), 1e-6);
    EXPECT_NEAR(map.map.sum().item<double>(), 1, 1e-3);
  }
}

// Adds to one weight of plain DETR's cross-attention.
class AddToWeight : public AttentionHook {
 public:
  AddToWeight(int layer, std::int64_t head, std::int64_t query, std::int64_t cell, double much)
      : layer_(layer), head_(head), query_(query), cell_(cell), much_(much) {}
  bool wants_dense(AttentionSite site, int) const override {
    return site == AttentionSite::kDecoderCross;
  }
  void on_dense(DenseAttentionCall& call) override {
    if (call.layer != layer_) return;
    seen = call.weights[0][head_][query_][cell_].item<double>();
    call.weights = call.weights.clone();
    call.weights[0][head_][query_][cell_] += much_;
  }
  double seen = 0;

 private:
  const int layer_;
  const std::int64_t head_, query_, cell_;
  const double much_;
};

// The first half of the method for plain DETR: gradient by differences times weight, its positive part, mean of the heads.
double dense_start(const Subject& s, const AttributionTarget& target, std::int64_t cell) {
  double sum = 0;
  for (int layer = 0; layer < 3; ++layer) {
    for (std::int64_t head = 0; head < 4; ++head) {
      AddToWeight more(layer, head, target.query, cell, 1e-5),
          less(layer, head, target.query, cell, -1e-5);
      const Memory& memory = s.attributor->image().memory();
      const double slope = (s.value(target, memory, &more) - s.value(target, memory, &less)) / 2e-5;
      sum += std::max(0.0, slope * more.seen) / 4;
    }
  }
  return sum;
}

TEST(Relevance, OfPlainDetrFollowsItsDenseAttention) {
  const Subject s(tiny_detr());
  const AttributionTarget target{.query = 1, .label = 0};
  Tensor r = at::zeros({12}, at::kDouble);
  for (std::int64_t cell = 0; cell < 12; ++cell) r[cell] = dense_start(s, target, cell);
  ASSERT_GT(r.sum().item<double>(), 0);
  for (int layer = 1; layer >= 0; --layer) {
    std::vector<Tensor> rows;
    for (int token = 0; token < 12; ++token) {
      TraceRecorder recorder(
          {.encoder_place = ImagePlace{(token % 4 + 0.5) / 4, (token / 4 + 0.5) / 3, 0}});
      const at::AutoGradMode no_graph(false);
      s.attributor->image().encode_again(&recorder);
      rows.push_back(recorder.trace().encoder_dense[layer].weights.mean(0)[0]);
    }
    r = r + at::matmul(at::stack(rows).t(), r);
  }
  r = r / r.sum();
  const AttributionMap map = s.attributor->map(AttributionMethod::kRelevance, target);
  ASSERT_EQ(map.levels.size(), 1u);
  EXPECT_LT((map.levels[0].flatten() - r).abs().max().item<double>(), 1e-6);
}

// --- ODAM -----------------------------------------------------------------------------------

// The smoothed gradient at a cell times its features is the slope of the target when the cell's features, weighted by the Gaussian,
// are added to the cells around it.
double odam_by_differences(const Subject& s, const AttributionTarget& target, std::int64_t start,
                           const LevelShape& level, std::int64_t row, std::int64_t column) {
  double norm = 0;
  for (int i = -2; i <= 2; ++i) norm += std::exp(-i * i / 2.0);
  const auto moved = [&](double step) {
    Memory memory = s.attributor->image().memory();
    memory.values.clear();
    const Tensor features = memory.tokens[0][start + row * level.width + column].clone();
    memory.tokens = memory.tokens.clone();
    for (int dy = -2; dy <= 2; ++dy) {
      for (int dx = -2; dx <= 2; ++dx) {
        const std::int64_t y = row + dy, x = column + dx;
        if (y < 0 || x < 0 || y >= level.height || x >= level.width) continue;
        const double share = std::exp(-(dx * dx + dy * dy) / 2.0) / (norm * norm);
        memory.tokens[0][start + y * level.width + x] += features * (step * share);
      }
    }
    return s.value(target, memory);
  };
  return std::max(0.0, (moved(1e-5) - moved(-1e-5)) / 2e-5);
}

TEST(Odam, IsTheSmoothedGradientTimesTheFeatureWhereItIsPositive) {
  for (const ModelConfig& config : families()) {
    const Subject s(config);
    const AttributionTarget target{.query = 2, .output = TargetOutput::kHeight};
    const AttributionMap map = s.attributor->map(AttributionMethod::kOdam, target);
    const auto& levels = s.attributor->image().memory().levels;
    ASSERT_EQ(map.levels.size(), levels.size());
    std::int64_t start = 0;
    double largest = 0;
    for (std::size_t l = 0; l < levels.size(); ++l) {
      for (std::int64_t i = 0; i < 4; ++i) {
        const std::int64_t row = i * (levels[l].height - 1) / 3;
        const std::int64_t column = (3 - i) * (levels[l].width - 1) / 3;
        const double expected = odam_by_differences(s, target, start, levels[l], row, column);
        EXPECT_NEAR(map.levels[l][row][column].item<double>(), expected, 1e-6 + 1e-4 * expected);
        largest = std::max(largest, expected);
      }
      start += levels[l].cells();
    }
    EXPECT_GT(largest, 1e-4);
    EXPECT_FALSE(map.is_signed);
  }
}

// --- D-RISE ---------------------------------------------------------------------------------

TEST(Drise, MasksComeFromTheSeedAndShowEveryPixelEquallyOften) {
  const AttributionOptions options{.drise_grid = 4, .drise_shown = 0.3, .seed = 9};
  const Tensor first = random_mask(options, 0, 30, 40);
  EXPECT_TRUE(first.equal(random_mask(options, 0, 30, 40)));
  EXPECT_FALSE(first.equal(random_mask(options, 1, 30, 40)));
  EXPECT_FALSE(
      first.equal(random_mask({.drise_grid = 4, .drise_shown = 0.3, .seed = 10}, 0, 30, 40)));
  Tensor sum = at::zeros({30, 40}, at::kDouble);
  for (int i = 0; i < 2000; ++i) {
    const Tensor mask = random_mask(options, i, 30, 40);
    ASSERT_GE(mask.min().item<double>(), 0);
    ASSERT_LE(mask.max().item<double>(), 1);
    sum += mask;
  }
  EXPECT_LT((sum / 2000 - 0.3).abs().max().item<double>(), 0.04);
}

double similarity(const AttributedImage& image, const DetectionVector& target,
                  const ModelOutput& output) {
  return likeness(target, output.pred_boxes[-1][0],
                  probabilities(image.config().family, output.pred_logits[-1][0]))
      .similarity();
}

TEST(Drise, ADetectionIsItselfAndLessAnother) {
  for (const ModelConfig& config : families()) {
    const Subject s(config, at::kFloat);
    const AttributedImage& image = s.attributor->image();
    const DetectionVector one = detection_vector(config.family, image.output(), 3);
    EXPECT_NEAR(similarity(image, one, image.output()), 1, 1e-5);
    const DetectionVector elsewhere{one.box_cxcywh + at::tensor({2.0F, 2.0F, 0.0F, 0.0F}),
                                    one.classes};
    EXPECT_NEAR(similarity(image, elsewhere, image.output()), 0, 1e-9);
    // Plain DETR's last is "no object".
    EXPECT_EQ(one.classes.size(0), config.num_classes - (image.is_plain() ? 1 : 0));
  }
}

// Two boxes without an area overlap by nothing, not by NaN, which would be the largest of all.
TEST(Drise, EmptyBoxesHaveNothingInCommon) {
  const DetectionVector point{at::tensor({0.5F, 0.5F, 0.0F, 0.0F}), at::tensor({0.6F, 0.8F})};
  const at::Tensor boxes = at::tensor({0.5F, 0.5F, 0.0F, 0.0F}).view({1, 4});
  EXPECT_EQ(likeness(point, boxes, point.classes.unsqueeze(0)).similarity(), 0);
}

TEST(Drise, IsWhatShowingAPixelGainsOverHidingIt) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_detr()}) {
    const Subject s(config, at::kFloat);
    const AttributedImage& image = s.attributor->image();
    int steps = 0;
    const AttributionOptions options{
        .drise_masks = 6, .drise_grid = 3, .seed = 4, .on_step = [&] { ++steps; }};
    const AttributionMap map = s.attributor->map(AttributionMethod::kDrise, {.query = 3}, options);
    EXPECT_EQ(steps, 6);
    EXPECT_TRUE(map.is_signed);
    const DetectionVector wanted = detection_vector(config.family, image.output(), 3);
    std::vector<Tensor> masks;
    std::vector<double> found;
    for (int i = 0; i < 6; ++i) {
      masks.push_back(random_mask(options, i, 96, 128));
      found.push_back(similarity(image, wanted, image.infer(s.image.pixels * masks.back())));
    }
    EXPECT_GT(*std::max_element(found.begin(), found.end()) -
                  *std::min_element(found.begin(), found.end()),
              1e-3);
    for (const auto& [y, x] : {std::pair{5, 7}, std::pair{50, 60}, std::pair{90, 120}}) {
      double shown = 0, of_shown = 0, hidden = 0, of_hidden = 0;
      for (std::size_t i = 0; i < 6; ++i) {
        const double m = masks[i][y][x].item<double>();
        shown += m, of_shown += m * found[i];
        hidden += 1 - m, of_hidden += (1 - m) * found[i];
      }
      EXPECT_NEAR(map.map[y][x].item<double>(), of_shown / shown - of_hidden / hidden, 1e-5);
    }
  }
}

TEST(Drise, SettingsWithoutMeaningAreRefused) {
  const Subject s(tiny_deformable(), at::kFloat);
  for (const AttributionOptions& options :
       {AttributionOptions{.drise_masks = 1}, AttributionOptions{.drise_grid = 0},
        AttributionOptions{.drise_shown = 0}, AttributionOptions{.drise_shown = 1}})
    EXPECT_THROW(s.attributor->map(AttributionMethod::kDrise, {.query = 0}, options), UsageError);
}

// Where interventions leave a target that depends on nothing that was looked at, the map is empty.
TEST(AttributionMethods, OfATargetThatDependsOnNothingAreZero) {
  LoadedModel model;
  model.detector = random_detector(tiny_deformable(), 51);
  const FramedImage image = framed(random_image(96, 128), 96, 128);
  const Attributor blind(model, image.pixels, image.mask, kOriginal,
                         {parse_intervention("dec.*.cross=off")});
  for (const auto method : {AttributionMethod::kGradient, AttributionMethod::kOdam})
    EXPECT_EQ(blind.map(method, {.query = 1}).map.abs().max().item<double>(), 0);
  const Attributor early(model, image.pixels, image.mask, kOriginal,
                         {parse_intervention("output=layer(0)")});
  for (const auto method : {AttributionMethod::kDirected, AttributionMethod::kRelevance}) {
    EXPECT_GT(early.map(method, {.query = 1}).map.abs().max().item<double>(), 0);
    EXPECT_EQ(early.map(method, {.query = 1}, {.layers = {2}}).map.abs().max().item<double>(), 0);
  }
}

TEST(AttributionMethods, WithoutPointsScoreNone) {
  const Subject s(tiny_deformable(), at::kFloat);
  for (const auto method : {AttributionMethod::kGradient, AttributionMethod::kRelevance,
                            AttributionMethod::kOdam, AttributionMethod::kDrise})
    EXPECT_THROW(s.attributor->points(method, {.query = 0}), UsageError);
}

}  // namespace
}  // namespace saccade
