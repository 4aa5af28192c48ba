// The trace as a file: keys, shapes and metadata that other programs read.
#include "saccade/explain/trace_file.h"

#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "saccade/checkpoint/tensors.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class TraceFile : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  // Runs a detector over an image in a padded frame and writes what was recorded.
  void write(const ModelConfig& config, RecordOptions record, TraceFileOptions options) {
    const auto detector = random_detector(config, 31);
    const FramedImage image = framed(random_image(96, 128), 160, 192);
    const c10::InferenceMode no_gradients;
    TraceRecorder recorder(record);
    output_ = detector->forward(image.pixels, image.mask, &recorder);
    trace_ = recorder.trace();
    options.image_width = 640;
    options.image_height = 480;
    options.metadata = {{"weights_sha256", "abc"}, {"interventions", "[]"}};
    write_trace(path_, trace_, output_, options);
    tensors_ = load_safetensors(path_);
  }

  std::vector<std::string> keys() const {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : tensors_) names.push_back(name);
    return names;
  }

  std::vector<std::int64_t> shape(const std::string& key) const {
    return tensors_.at(key).sizes().vec();
  }

  const std::filesystem::path path_ =
      std::filesystem::path(::testing::TempDir()) /
      (std::string("trace_") + ::testing::UnitTest::GetInstance()->current_test_info()->name() +
       ".safetensors");
  ModelOutput output_;
  Trace trace_;
  std::map<std::string, at::Tensor> tensors_;
};

TEST_F(TraceFile, HoldsPointsWeightsAndReferencesOfTheChosenDecoderLayers) {
  ModelConfig config = tiny_deformable();
  config.with_box_refine = true;
  write(config, {}, {.layers = {0, 2}});
  EXPECT_THAT(keys(),
              UnorderedElementsAre("decoder.0.sampling_locations", "decoder.0.sampling_points_px",
                                   "decoder.0.attention_weights", "decoder.0.reference_points",
                                   "decoder.2.sampling_locations", "decoder.2.sampling_points_px",
                                   "decoder.2.attention_weights", "decoder.2.reference_points",
                                   "logits", "boxes"));
  EXPECT_THAT(shape("decoder.0.sampling_locations"), ElementsAre(7, 4, 4, 2, 2));
  EXPECT_THAT(shape("decoder.0.sampling_points_px"), ElementsAre(7, 4, 4, 2, 2));
  EXPECT_THAT(shape("decoder.2.attention_weights"), ElementsAre(7, 4, 4, 2));
  EXPECT_THAT(shape("decoder.0.reference_points"), ElementsAre(7, 2));
  EXPECT_THAT(shape("decoder.2.reference_points"), ElementsAre(7, 4));
  EXPECT_THAT(shape("logits"), ElementsAre(3, 7, 4));
  EXPECT_THAT(shape("boxes"), ElementsAre(3, 7, 4));
}

TEST_F(TraceFile, HoldsTheNumbersOfTheForwardPass) {
  ModelConfig config = tiny_deformable();
  config.with_box_refine = true;
  write(config, {}, {.layers = {0, 1, 2}});
  EXPECT_TRUE(tensors_.at("logits").equal(output_.pred_logits.select(1, 0)));
  EXPECT_TRUE(tensors_.at("boxes").equal(output_.pred_boxes.select(1, 0)));
  EXPECT_TRUE(
      tensors_.at("decoder.1.sampling_locations").equal(trace_.decoder[1].sampling_locations));
  // References are what the layer before put out, padding or not.
  const auto apart = [](const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
  };
  EXPECT_LT(apart(tensors_.at("decoder.0.reference_points"), output_.init_reference[0]), 1e-6);
  EXPECT_LT(apart(tensors_.at("decoder.1.reference_points"), output_.inter_references[0][0]), 1e-6);
  EXPECT_LT(apart(tensors_.at("decoder.2.reference_points"), output_.inter_references[1][0]), 1e-6);
  EXPECT_LT(
      apart(tensors_.at("decoder.2.sampling_points_px"),
            points_in_pixels(trace_.decoder[2].sampling_locations, trace_.valid_ratios, 640, 480)),
      1e-2);
}

TEST_F(TraceFile, HoldsTheChosenTokenOfTheEncoder) {
  write(tiny_deformable(), {.encoder_place = ImagePlace{0.5, 0.5, 0}},
        {.encoder = true, .layers = {1}});
  EXPECT_THAT(keys(),
              UnorderedElementsAre("encoder.1.sampling_locations", "encoder.1.sampling_points_px",
                                   "encoder.1.attention_weights", "encoder.1.reference_points",
                                   "logits", "boxes"));
  EXPECT_THAT(shape("encoder.1.sampling_locations"), ElementsAre(1, 4, 4, 3, 2));
  EXPECT_THAT(shape("encoder.1.reference_points"), ElementsAre(1, 2));
  // 12 x 16 cells of level 0 carry image: the middle belongs to row 6, column 8 of 24 columns.
  const auto metadata = read_safetensors(path_).metadata;
  EXPECT_EQ(metadata.at("token"), "152");
  // A token's reference is the centre of its cell.
  const at::Tensor centre = tensors_.at("encoder.1.reference_points")[0];
  EXPECT_NEAR(centre[0].item<double>(), 8.5 / 16, 1e-6);
  EXPECT_NEAR(centre[1].item<double>(), 6.5 / 12, 1e-6);
}

TEST_F(TraceFile, KeepsItsMetadataAndAddsTheLevels) {
  write(tiny_deformable(), {}, {.layers = {0}});
  const auto metadata = read_safetensors(path_).metadata;
  EXPECT_EQ(metadata.at("spatial_shapes"), "[[20,24],[10,12],[5,6],[3,3]]");
  EXPECT_EQ(metadata.at("weights_sha256"), "abc");
  EXPECT_EQ(metadata.at("interventions"), "[]");
  EXPECT_EQ(metadata.count("token"), 0u);
}

TEST_F(TraceFile, HoldsPlainDetrsMaps) {
  write(tiny_detr(), {.decoder_self = true}, {.layers = {2}});
  EXPECT_THAT(keys(), UnorderedElementsAre("decoder.2.cross_attention", "decoder.2.self_attention",
                                           "logits", "boxes"));
  EXPECT_THAT(shape("decoder.2.cross_attention"), ElementsAre(4, 7, 5, 6));
  EXPECT_THAT(shape("decoder.2.self_attention"), ElementsAre(4, 7, 7));
}

TEST_F(TraceFile, HoldsPlainDetrsTokenMap) {
  write(tiny_detr(), {.decoder_cross = false, .encoder_place = ImagePlace{0, 0, 0}},
        {.encoder = true, .layers = {0, 1}});
  EXPECT_THAT(keys(), UnorderedElementsAre("encoder.0.self_attention", "encoder.1.self_attention",
                                           "logits", "boxes"));
  EXPECT_THAT(shape("encoder.1.self_attention"), ElementsAre(4, 1, 5, 6));
}

}  // namespace
}  // namespace saccade
