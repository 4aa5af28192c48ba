// The validation set in the eyes of a model in training.
#include "saccade/train/epoch_evaluation.h"

#include <gtest/gtest.h>

#include "saccade/train/epoch_log.h"
#include "saccade/train/run_log_reader.h"
#include "saccade/train/train_step.h"
#include "tests/data/temporary_folder.h"
#include "tests/train/tiny_photos.h"
#include "tests/train/tiny_training.h"

namespace saccade {
namespace {

struct Evaluated {
  TrainConfig config = tiny_training();
  LoadedModel model;
  CocoDataSet data = two_photos();
  RankGroup ranks{std::nullopt};

  Evaluated() {
    config.model.num_classes = 4;
    config.num_workers = 0;
    config.threads = 1;
    config.batch_size = 1;
    model.detector = random_detector(config.model);
    model.size = {64, 107};
  }
  EpochEvaluation run() {
    const ValidationSet set{&data, kPhotos, {{0, {640, 380}}, {1, {427, 640}}}};
    return evaluate_epoch(model, set, config, ranks, "test", /*quiet=*/true);
  }
};

// Each batch counts once. The pictures are those of training without augmentation.
TEST(EpochEvaluation, LossesAreMeansOverTheBatchesOfTheValidationSet) {
  Evaluated e;
  const EpochEvaluation result = e.run();
  TrainSet set(e.data, {.images = kPhotos, .augment = false, .size = {64, 107}});
  LossMeters expected;
  const at::NoGradGuard no_grad;
  for (const int image : {0, 1}) {
    const TrainBatch batch = set.load(std::span(&image, 1), 0);
    const auto targets = loss_targets(batch.targets);
    LossReport report;
    report.add(compute_losses(e.model.detector->forward(batch.pixels, batch.mask), targets,
                              count_boxes(targets), criterion_of(e.config)));
    add_to_meters(expected, report);
  }
  ASSERT_EQ(result.losses.all().size(), expected.all().size());
  for (const auto& meter : expected.all()) {
    const auto* ours = result.losses.find(meter.name);
    ASSERT_NE(ours, nullptr) << meter.name;
    EXPECT_EQ(ours->count, 2) << meter.name;
    EXPECT_NEAR(ours->mean(), meter.mean(), 1e-4 * std::max(1.0, std::abs(meter.mean())))
        << meter.name;
  }
  EXPECT_EQ(result.losses.find("lr"), nullptr);
}

// Each of 7 queries on 2 images with each of 2 classes; the other two of the head are no category.
TEST(EpochEvaluation, DetectionsOfEveryImageAreEvaluated) {
  Evaluated e;
  const EpochEvaluation result = e.run();
  EXPECT_EQ(result.run.queries.size(), 7u * 2u * 2u);
  EXPECT_EQ(result.evaluation.images, (std::vector<int>{0, 1}));
  EXPECT_EQ(result.evaluation.classes.at(1).truths, 2);
}

// Heads without weights say the same of every query; random ones do not.
TEST(EpochEvaluation, TheSpreadOfBoxesTellsACollapsedModel) {
  Evaluated e;
  EXPECT_GT(e.run().box_spread, 0.02);
  e.config.model = tiny_detr();  // boxes are not relative to a query's reference
  e.config.model.num_classes = 4;
  e.model.detector = random_detector(e.config.model);
  const at::NoGradGuard no_grad;
  e.model.detector->visit([](const std::string& name, at::Tensor& tensor, TensorKind) {
    if (name == "bbox_embed.layers.2.weight") tensor.zero_();
  });
  EXPECT_LT(e.run().box_spread, 1e-6);
}

class EpochLog : public InTemporaryFolder {};

// training.md 6.2: train_ and test_ keys, twelve numbers, epoch and parameters; what readers expect.
TEST_F(EpochLog, ALineHasTheOriginalsKeys) {
  LossMeters train;
  train.add("lr", 2e-4);
  train.add("loss", 3);
  train.add("loss", 4);
  EpochEvaluation result;
  result.losses.add("loss", 5);
  result.evaluation.stats[0] = 0.25;
  result.evaluation.stats[11] = -1;
  const std::string lines = epoch_log_line(0, 1234, train, nullptr) + "\n" +
                            epoch_log_line(1, 1234, train, &result) + "\n";
  const RunLog log = read_run_log(file("log.txt", lines));
  ASSERT_EQ(log.epochs.size(), 2u);
  EXPECT_EQ(log.epochs[0].values.count("test_loss"), 0u);
  EXPECT_EQ(log.epochs[0].values.count("test_coco_eval_bbox[0]"), 0u);
  const auto& values = log.epochs[1].values;
  EXPECT_DOUBLE_EQ(values.at("train_lr"), 2e-4);
  EXPECT_DOUBLE_EQ(values.at("train_loss"), 3.5);
  EXPECT_DOUBLE_EQ(values.at("test_loss"), 5);
  EXPECT_DOUBLE_EQ(values.at("test_coco_eval_bbox[0]"), 0.25);
  EXPECT_DOUBLE_EQ(values.at("test_coco_eval_bbox[11]"), -1);
  EXPECT_DOUBLE_EQ(values.at("n_parameters"), 1234);
}

}  // namespace
}  // namespace saccade
