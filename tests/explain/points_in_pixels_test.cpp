// Sampling points of a trace in pixels of the image: padding moves none.
#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "saccade/explain/trace.h"
#include "tests/explain/recorded_run.h"

namespace saccade {
namespace {

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

}  // namespace
}  // namespace saccade
