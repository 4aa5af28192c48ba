// Padding changes nothing: the same features with a wider frame around them give the same answers.
// (Pixels do not tell this: convolutions see what stands beyond an image's edge.)
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saccade/model/deformable_transformer.h"
#include "saccade/model/position_embedding.h"
#include "tests/model/tiny_models.h"

namespace saccade {
namespace {

using at::Tensor;

// Features of an image on levels of their own size, or in the corner of larger ones.
struct Frame {
  std::vector<LevelShape> image, padded;

  Tensor level_mask(std::size_t l) const {
    Tensor mask = at::ones({1, padded[l].height, padded[l].width}, at::kBool);
    mask.narrow(1, 0, image[l].height).narrow(2, 0, image[l].width).fill_(false);
    return mask;
  }
  // Maps [1, C, h, w] of the image as tokens of the frame, noise around them.
  Tensor tokens(const std::vector<Tensor>& maps) const {
    std::vector<Tensor> out;
    for (std::size_t l = 0; l < maps.size(); ++l) {
      Tensor map = at::randn({1, maps[l].size(1), padded[l].height, padded[l].width}) * 3;
      map.narrow(2, 0, image[l].height).narrow(3, 0, image[l].width).copy_(maps[l]);
      out.push_back(map.flatten(2).transpose(1, 2));
    }
    return at::cat(out, 1);
  }
};

Memory memory_of(const Frame& frame, const std::vector<Tensor>& maps, const ModelConfig& config) {
  Memory memory;
  std::vector<Tensor> masks, ratios, positions;
  std::vector<std::int64_t> sizes;
  for (std::size_t l = 0; l < maps.size(); ++l) {
    const Tensor mask = frame.level_mask(l);
    masks.push_back(mask.flatten(1));
    ratios.push_back(valid_ratio(mask));
    const double shift = config.family == ModelFamily::kDetr ? 0 : 0.5;
    positions.push_back(
        SinePositions{.features = config.hidden_dim / 2, .half_cell_shift = shift}(mask)
            .flatten(2)
            .transpose(1, 2));
    sizes.insert(sizes.end(), {frame.padded[l].height, frame.padded[l].width});
  }
  memory.tokens = frame.tokens(maps);
  memory.positions = at::cat(positions, 1);
  memory.padding_mask = at::cat(masks, 1);
  memory.valid_ratios = at::stack(ratios, 1);
  memory.spatial_shapes = at::tensor(sizes, at::kLong).view({-1, 2});
  memory.level_sizes = level_sizes_on(at::kCPU, memory.spatial_shapes);
  memory.levels = frame.padded;
  return memory;
}

struct TwoFrames {
  explicit TwoFrames(const ModelConfig& config) {
    at::manual_seed(5);
    std::vector<LevelShape> image{{12, 10}, {6, 5}, {3, 3}, {2, 2}};
    std::vector<LevelShape> padded{{15, 16}, {8, 8}, {4, 4}, {2, 2}};
    image.resize(config.num_feature_levels);
    padded.resize(config.num_feature_levels);
    std::vector<Tensor> maps;
    for (const auto& level : image)
      maps.push_back(at::randn({1, config.hidden_dim, level.height, level.width}));
    alone = memory_of({image, image}, maps, config);
    framed = memory_of({image, padded}, maps, config);
  }
  // Tokens of the image among those of the larger frame.
  Tensor image_part(const Tensor& tokens) const {
    return tokens.index_select(1, framed.padding_mask[0].logical_not().nonzero().flatten());
  }
  Memory alone, framed;
};

class Padding : public testing::TestWithParam<ModelConfig> {};

TEST_P(Padding, ChangesNoDecodedBox) {
  const auto detector = random_detector(GetParam());
  const TwoFrames frames(GetParam());
  const ModelOutput alone = detector->decode(frames.alone);
  const ModelOutput framed = detector->decode(frames.framed);
  EXPECT_TRUE(at::allclose(alone.pred_logits, framed.pred_logits, 1e-4, 1e-4));
  EXPECT_TRUE(at::allclose(alone.pred_boxes, framed.pred_boxes, 1e-4, 1e-5));
  if (!GetParam().two_stage) return;
  EXPECT_TRUE(at::allclose(alone.enc_logits, frames.image_part(framed.enc_logits), 1e-4, 1e-4));
  EXPECT_TRUE(at::allclose(alone.enc_boxes_unact.sigmoid(),
                           frames.image_part(framed.enc_boxes_unact).sigmoid(), 1e-4, 1e-5));
}

INSTANTIATE_TEST_SUITE_P(Model, Padding,
                         testing::Values(tiny_deformable(), tiny_two_stage(), tiny_detr()),
                         [](const auto& info) {
                           return std::string(info.param.family == ModelFamily::kDetr ? "Detr"
                                              : info.param.two_stage                  ? "TwoStage"
                                                                     : "Deformable");
                         });

TEST(Padding, ChangesNoEncodedToken) {
  const ModelConfig config = tiny_deformable();
  const TwoFrames frames(config);
  at::manual_seed(6);
  DeformableEncoderLayer layer(config);
  layer.visit("", [](const std::string&, Tensor& tensor, TensorKind) {
    tensor = at::randn(tensor.sizes()) / (tensor.dim() > 1 ? 8.0 : 1.0);
  });
  const auto run = [&](const Memory& memory) {
    const EncoderInput input{
        .tokens = memory.tokens,
        .positions = memory.positions,
        .reference_points = encoder_reference_points(memory.spatial_shapes, memory.valid_ratios),
        .spatial_shapes = memory.spatial_shapes,
        .level_sizes = memory.level_sizes,
        .padding_mask = memory.padding_mask};
    return run_encoder_layer(layer, 0, input, Mode{}, nullptr);
  };
  EXPECT_TRUE(at::allclose(run(frames.alone), frames.image_part(run(frames.framed)), 1e-4, 1e-4));
}

// Worked by hand: 3 of 4 rows and 1 of 2 columns are image.
TEST(Padding, ValidRatioIsTheShareOfTheFirstRowAndColumn) {
  Tensor mask = at::ones({1, 4, 2}, at::kBool);
  mask.narrow(1, 0, 3).narrow(2, 0, 1).fill_(false);
  const Tensor ratio = valid_ratio(mask);
  EXPECT_EQ(ratio[0][0].item<double>(), 0.5);
  EXPECT_EQ(ratio[0][1].item<double>(), 0.75);
}

}  // namespace
}  // namespace saccade
