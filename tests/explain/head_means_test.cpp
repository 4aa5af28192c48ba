// Means of heads over images, and what off(mean,FILE) does with them.
#include "saccade/explain/head_means.h"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/error.h"
#include "saccade/explain/intervener.h"
#include "tests/data/temporary_folder.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

using ::testing::HasSubstr;

constexpr AttentionSite kSites[] = {AttentionSite::kEncoderSelf, AttentionSite::kDecoderSelf,
                                    AttentionSite::kDecoderCross};

FramedImage picture(std::uint64_t seed, std::int64_t height, std::int64_t width) {
  at::manual_seed(seed);
  return framed(at::randn({3, height, width}), 96, 96);
}

std::vector<double> sums_of(const Detector& detector, const std::vector<FramedImage>& images) {
  const c10::InferenceMode no_gradients;
  HeadMeansRecorder recorder(detector.config());
  for (const FramedImage& image : images) detector.forward(image.pixels, image.mask, &recorder);
  return recorder.sums();
}

HeadMeans means_of(const Detector& detector, const std::vector<FramedImage>& images) {
  return HeadMeansRecorder(detector.config()).means_of(sums_of(detector, images));
}

ModelOutput changed(const Detector& detector, const FramedImage& image, const HeadsOff& off) {
  const c10::InferenceMode no_gradients;
  const std::vector<Intervention> interventions{{"", off}};
  Intervener intervener(interventions);
  return detector.forward(image.pixels, image.mask, &intervener);
}

// Layers before a changed one give what they gave: there the means of an image are those of its queries. Padding counts
// in neither.
TEST(HeadMeans, OfOneImageAreTheMeansOfItsQueries) {
  for (const ModelConfig& config :
       {tiny_deformable(), tiny_refining(), tiny_two_stage(), tiny_detr()}) {
    const auto detector = random_detector(config, 3);
    const FramedImage image = picture(5, 64, 80);
    const auto means = std::make_shared<HeadMeans>(means_of(*detector, {image}));
    for (const AttentionSite site : kSites) {
      AttentionUnit unit{.module = site};
      unit.layers = {.all = false, .some = {1}};
      unit.heads = {.all = false, .some = {2}};
      HeadsOff off{.unit = unit, .fill = HeadsOff::Fill::kMean};
      const ModelOutput of_queries = changed(*detector, image, off);
      off.means = means;
      const ModelOutput of_file = changed(*detector, image, off);
      EXPECT_TRUE(at::allclose(of_file.pred_logits, of_queries.pred_logits, 1e-4, 1e-5));
      EXPECT_TRUE(at::allclose(of_file.pred_boxes, of_queries.pred_boxes, 1e-4, 1e-5));
      const ModelOutput zero = changed(*detector, image, {.unit = unit});
      EXPECT_FALSE(at::allclose(of_file.pred_logits, zero.pred_logits, 1e-4, 1e-5));
    }
  }
}

// Every query counts as much, so images of as many queries do; processes' sums add up.
TEST(HeadMeans, OfSeveralImagesAreMeansOfTheirMeans) {
  const auto detector = random_detector(tiny_deformable(), 3);
  const FramedImage a = picture(5, 96, 96), b = picture(6, 96, 96);
  const HeadMeans of_a = means_of(*detector, {a}), of_b = means_of(*detector, {b});
  const HeadMeans of_both = means_of(*detector, {a, b});
  std::vector<double> sums = sums_of(*detector, {a});
  const std::vector<double> other = sums_of(*detector, {b});
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += other[i];
  const HeadMeans added = HeadMeansRecorder(detector->config()).means_of(sums);
  for (const AttentionSite site : kSites) {
    EXPECT_TRUE(
        at::allclose(of_both.of.at(site), (of_a.of.at(site) + of_b.of.at(site)) / 2, 1e-4, 1e-6));
    EXPECT_TRUE(at::equal(of_both.of.at(site), added.of.at(site)));
    EXPECT_FALSE(at::allclose(of_a.of.at(site), of_b.of.at(site), 1e-4, 1e-6));
  }
}

class HeadMeansFile : public InTemporaryFolder {};

TEST_F(HeadMeansFile, ComesBack) {
  const auto detector = random_detector(tiny_detr(), 3);
  const HeadMeans means = means_of(*detector, {picture(5, 64, 80)});
  const auto file = folder_ / "means.safetensors";
  write_head_means(file, means, {});
  const HeadMeans back = read_head_means(file, detector->config());
  for (const AttentionSite site : kSites)
    EXPECT_TRUE(at::equal(back.of.at(site), means.of.at(site)));
}

TEST_F(HeadMeansFile, OfAnotherModelOrOfNoneIsRefused) {
  const auto detector = random_detector(tiny_deformable(), 3);
  const auto file = folder_ / "means.safetensors";
  write_head_means(file, means_of(*detector, {picture(5, 64, 80)}), {});
  ModelConfig other = tiny_deformable();
  other.dec_layers = 2;
  EXPECT_THAT(refusal([&] { read_head_means(file, other); }),
              HasSubstr("dec.self has [3, 4, 16], this model's heads [2, 4, 16]"));
  write_safetensors(file, to_raw(NamedTensors{{"enc.self", at::zeros({2, 4, 16})}}), {});
  EXPECT_THAT(refusal([&] { read_head_means(file, tiny_deformable()); }),
              HasSubstr("has no tensor 'dec.self'"));
  EXPECT_THROW(HeadMeansRecorder(tiny_detr()).means_of(HeadMeansRecorder(tiny_detr()).sums()),
               Error);
}

}  // namespace
}  // namespace saccade
