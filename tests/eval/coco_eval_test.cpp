// COCO's protocol on sets small enough to work out by hand.
#include "saccade/eval/coco_eval.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "tests/eval/tiny_sets.h"

namespace saccade {
namespace {

constexpr BoxXywh kBox{10, 10, 40, 40};  // 1600 square pixels: medium
constexpr BoxXywh kFar{300, 300, 40, 40};

double stat(const CocoEvaluation& evaluation, std::string_view name) {
  for (int i = 0; i < kNumCocoStats; ++i) {
    if (kCocoStatNames[i] == name) return evaluation.stats[i];
  }
  ADD_FAILURE() << name;
  return 0;
}

TEST(BoxIou, IsOverTheDetectionsAreaForACrowd) {
  EXPECT_NEAR(box_iou({0, 0, 10, 10}, {2, 2, 10, 10}, false), 64.0 / 136.0, 1e-15);
  EXPECT_EQ(box_iou({0, 0, 10, 10}, {0, 0, 50, 50}, true), 1.0);
  EXPECT_EQ(box_iou({0, 0, 10, 10}, {10, 0, 10, 10}, false), 0.0);
}

TEST(CocoParams, ThresholdsHaveNumpysBits) {
  EXPECT_EQ(iou_thresholds()[5], 0.75);
  EXPECT_EQ(iou_thresholds()[9], 0.95);
  EXPECT_EQ(iou_thresholds()[1], 0.05 * 1 + 0.5);
  EXPECT_EQ(recall_thresholds()[29], 0.29);
  EXPECT_EQ(recall_thresholds()[35], 0.35000000000000003);  // 35 * 0.01
}

// One of two truths is found, behind one false alarm: precision 1/2 up to recall 1/2.
TEST(CocoEval, HandWorkedAp) {
  const auto data = tiny_set(1, 1, {truth(1, 0, 0, kBox), truth(2, 0, 0, {100, 100, 40, 40})});
  const auto results = detections({{0, 0, 0.9, kFar}, {0, 0, 0.8, kBox}});
  const auto evaluation = evaluate_coco(data, results);
  EXPECT_NEAR(stat(evaluation, "AP"), 51 * 0.5 / 101, 1e-15);
  EXPECT_EQ(stat(evaluation, "AR1"), 0.0);  // the one best detection is the false alarm
  EXPECT_EQ(stat(evaluation, "AR10"), 0.5);
  EXPECT_EQ(stat(evaluation, "APs"), -1);
  EXPECT_EQ(evaluation.arrays.score({.r = 50}), 0.8);
  EXPECT_EQ(evaluation.arrays.score({.r = 0}), 0.9);
}

// Without the crowd the two detections inside it would be false alarms ahead of the hit.
TEST(CocoEval, ACrowdAbsorbsAnyNumberOfDetections) {
  const BoxXywh crowd{200, 200, 200, 200};
  const auto data = tiny_set(1, 1, {truth(1, 0, 0, crowd, true), truth(2, 0, 0, kBox)});
  const auto results = detections(
      {{0, 0, 0.9, {210, 210, 20, 20}}, {0, 0, 0.8, {250, 250, 20, 20}}, {0, 0, 0.7, kBox}});
  EXPECT_DOUBLE_EQ(stat(evaluate_coco(data, results), "AP"), 1.0);
}

TEST(CocoEval, OfEqualIousTheLaterTruthIsTaken) {
  const auto data = tiny_set(1, 1, {truth(1, 0, 0, kBox), truth(2, 0, 0, kBox)});
  CocoEvalOptions options;
  options.keep_matches = true;
  const auto evaluation = evaluate_coco(data, detections({{0, 0, 0.5, kBox}}), options);
  EXPECT_EQ(evaluation.matches[0].matches[0].annotation[0], 1);
}

// A truth that counts is preferred to a crowd with a larger overlap.
TEST(CocoEval, ATruthThatCountsGoesBeforeACrowd) {
  const auto data =
      tiny_set(1, 1, {truth(1, 0, 0, {0, 0, 200, 200}, true), truth(2, 0, 0, {10, 10, 40, 30})});
  const auto evaluation = evaluate_coco(data, detections({{0, 0, 0.5, kBox}}));
  EXPECT_DOUBLE_EQ(stat(evaluation, "AP50"), 1.0);
  EXPECT_DOUBLE_EQ(stat(evaluation, "AP75"), 1.0);  // IoU 0.75
}

TEST(CocoEval, AnnotationIdZeroIsFoundUnlessPycocotoolsIsImitated) {
  const auto data = tiny_set(1, 1, {truth(0, 0, 0, kBox), truth(1, 0, 0, kFar)});
  const auto results = detections({{0, 0, 0.9, kBox}, {0, 0, 0.8, kFar}});
  EXPECT_DOUBLE_EQ(stat(evaluate_coco(data, results), "AP"), 1.0);
  CocoEvalOptions options;
  options.pycocotools_id0 = true;
  EXPECT_NEAR(stat(evaluate_coco(data, results, options), "AP"), 51 * 0.5 / 101, 1e-15);
}

TEST(CocoEval, AnAreaOnABorderBelongsToBothRanges) {
  const BoxXywh box{10, 10, 32, 32};  // 1024
  const auto data = tiny_set(1, 1, {truth(1, 0, 0, box)});
  const auto evaluation = evaluate_coco(data, detections({{0, 0, 0.5, box}}));
  EXPECT_DOUBLE_EQ(stat(evaluation, "APs"), 1.0);
  EXPECT_DOUBLE_EQ(stat(evaluation, "APm"), 1.0);
  EXPECT_EQ(stat(evaluation, "APl"), -1);
}

TEST(CocoEval, TheHundredAndFirstDetectionIsDropped) {
  const auto data = tiny_set(1, 1, {truth(1, 0, 0, kBox)});
  std::vector<CocoDetection> all(99, {0, 0, 0.9, kFar});
  all.push_back({0, 0, 0.1, kBox});
  EXPECT_DOUBLE_EQ(stat(evaluate_coco(data, detections(all)), "AR100"), 1.0);
  all.push_back({0, 0, 0.9, kFar});
  EXPECT_EQ(stat(evaluate_coco(data, detections(all)), "AR100"), 0.0);
}

TEST(CocoEval, AClassWithoutTruthsIsMinusOneAndLeftOutOfTheMean) {
  const auto data = tiny_set(2, 2, {truth(1, 0, 0, kBox)});
  const auto evaluation =
      evaluate_coco(data, detections({{0, 0, 0.5, kBox}, {1, 1, 0.9, kBox}, {0, 1, 0.9, kBox}}));
  EXPECT_EQ(evaluation.classes[1].ap, -1);
  EXPECT_EQ(evaluation.classes[1].detections, 2);
  EXPECT_DOUBLE_EQ(stat(evaluation, "AP"), 1.0);
}

TEST(CocoEval, NothingDetectedIsZeroAndNoTruthsAtAllIsMinusOne) {
  const auto data = tiny_set(1, 1, {truth(1, 0, 0, kBox)});
  EXPECT_EQ(stat(evaluate_coco(data, {}), "AP"), 0.0);
  EXPECT_EQ(stat(evaluate_coco(tiny_set(1, 1, {}), {}), "AP"), -1);
}

void expect_equal_bits(const EvalArrays& a, const EvalArrays& b) {
  EXPECT_EQ(a.precision_trkam(), b.precision_trkam());
  EXPECT_EQ(a.recall_tkam(), b.recall_tkam());
  EXPECT_EQ(a.scores_trkam(), b.scores_trkam());
}

// 20,000 detections: categories are big enough to be shared out among threads.
TEST(CocoEval, AnyNumberOfThreadsGivesTheSameBits) {
  for (const int categories : {1, 4}) {
    const RandomSet set = random_set(400, categories, 50, 300, 11);
    const auto data = tiny_set(400, categories, set.truths);
    const auto results = detections(set.found);
    CocoEvalOptions one, four;
    one.threads = 1;
    four.threads = 4;
    const auto alone = evaluate_coco(data, results, one);
    const auto shared = evaluate_coco(data, results, four);
    expect_equal_bits(alone.arrays, shared.arrays);
    EXPECT_EQ(alone.stats, shared.stats);
    EXPECT_GT(alone.stats[0], 0.01);
  }
}

TEST(CocoEval, TheOrderOfImagesInTheResultsDoesNotMatter) {
  const RandomSet set = random_set(50, 3, 20, 40, 5);
  const auto data = tiny_set(50, 3, set.truths);
  std::vector<CocoDetection> backwards;  // image by image from the last, each in its own order
  for (int image = 49; image >= 0; --image) {
    for (const CocoDetection& d : set.found) {
      if (d.image == image) backwards.push_back(d);
    }
  }
  expect_equal_bits(evaluate_coco(data, detections(set.found)).arrays,
                    evaluate_coco(data, detections(backwards)).arrays);
}

TEST(CocoEval, SomeImagesOfASetEqualASetOfTheseImages) {
  const RandomSet set = random_set(30, 3, 20, 1000, 9);
  const auto whole = tiny_set(30, 3, set.truths);
  RandomSet half;
  for (CocoAnnotation t : set.truths) {
    if (t.image % 2 == 0) t.image /= 2, half.truths.push_back(t);
  }
  for (CocoDetection d : set.found) {
    if (d.image % 2 == 0) d.image /= 2, half.found.push_back(d);
  }
  CocoEvalOptions options;
  for (int image = 0; image < 30; image += 2) options.images.push_back(image);
  const auto some = evaluate_coco(whole, detections(set.found), options);
  const auto alone = evaluate_coco(tiny_set(15, 3, half.truths), detections(half.found));
  expect_equal_bits(some.arrays, alone.arrays);
  EXPECT_EQ(some.images.size(), 15u);
}

TEST(CocoEval, AnImageThatIsNotThereIsRefused) {
  CocoEvalOptions options;
  options.images = {0, 7};
  EXPECT_THROW(evaluate_coco(tiny_set(2, 1, {}), {}, options), Error);
}

TEST(CocoSummary, LinesAreTheFamiliarOnes) {
  EXPECT_EQ(stat_line(0, 0.4454),
            " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.445");
  EXPECT_EQ(stat_line(1, 1),
            " Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 1.000");
  EXPECT_EQ(stat_line(6, 0.25),
            " Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.250");
  EXPECT_EQ(stat_line(9, -1),
            " Average Recall     (AR) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = -1.000");
}

// pycocotools counts crowds as no truth to be found; neither does the table of classes.
TEST(CocoEval, TruthsOfAClassAreThoseToBeFound) {
  const auto data = tiny_set(2, 2,
                             {truth(1, 0, 0, kFar, true), truth(2, 0, 0, kBox),
                              truth(3, 1, 0, kBox), truth(4, 1, 1, kFar, true)});
  const auto evaluation = evaluate_coco(data, detections({{0, 0, 0.9, kBox}}));
  EXPECT_EQ(evaluation.classes[0].truths, 2);
  EXPECT_EQ(evaluation.classes[1].truths, 0);
}

}  // namespace
}  // namespace saccade
