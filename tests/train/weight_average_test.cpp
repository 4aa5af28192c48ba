// The moving average of weights against the formula by hand.
#include "saccade/train/weight_average.h"

#include <gtest/gtest.h>

#include "tests/train/tiny_training.h"

namespace saccade {
namespace {

void fill_all(Detector& detector, double value) {
  const at::NoGradGuard no_grad;
  detector.visit([&](const std::string&, at::Tensor& tensor, TensorKind) { tensor.fill_(value); });
}

// Every tensor of a detector has one value everywhere; that value.
double value_of(Detector& detector) {
  double value = 0;
  bool first = true;
  detector.visit([&](const std::string& name, at::Tensor& tensor, TensorKind) {
    if (first) value = tensor.flatten()[0].item<double>();
    first = false;
    EXPECT_LT((tensor - value).abs().max().item<double>(), 1e-6) << name;
  });
  return value;
}

TEST(WeightAverage, BeginsAsACopyWithMemoryOfItsOwn) {
  const auto detector = random_detector(tiny_deformable());
  WeightAverage average(*detector, 0.999);
  const TensorMap before = weights_of(*detector);
  EXPECT_TRUE(all_equal(weights_of(average.detector()), before));
  fill_all(*detector, 3);
  EXPECT_TRUE(all_equal(weights_of(average.detector()), before));
}

// Weights 11 from 0 on, decay 0.999: step 1 keeps 2/11 and takes 9/11 of them: 9. Step 2 with weights
// 1 keeps 3/12: 9/4 + 3/4 = 3. Shared heads move once.
TEST(WeightAverage, TheFirstStepsDoNotWeighForLong) {
  ModelConfig config = tiny_deformable();
  config.with_box_refine = true;
  const auto detector = make_detector(config);
  fill_all(*detector, 0);
  WeightAverage average(*detector, 0.999);
  fill_all(*detector, 11);
  average.update(1);
  EXPECT_NEAR(value_of(average.detector()), 9, 1e-5);
  fill_all(*detector, 1);
  average.update(2);
  EXPECT_NEAR(value_of(average.detector()), 3, 1e-5);
  EXPECT_EQ(value_of(*detector), 1);
}

TEST(WeightAverage, LaterTheDecayHolds) {
  const auto detector = make_detector(tiny_detr());
  fill_all(*detector, 0);
  WeightAverage average(*detector, 0.75);
  fill_all(*detector, 8);
  average.update(1'000'000);
  EXPECT_NEAR(value_of(average.detector()), 2, 1e-5);
  average.update(1'000'001);
  EXPECT_NEAR(value_of(average.detector()), 3.5, 1e-5);
}

// The weights are trained, the average is not.
TEST(WeightAverage, WantsNoGradient) {
  TrainConfig config = tiny_training();
  const auto detector = random_detector(config.model);
  make_param_groups(*detector, config);
  WeightAverage average(*detector, 0.9);
  average.update(1);
  average.detector().visit([](const std::string& name, at::Tensor& tensor, TensorKind) {
    EXPECT_FALSE(tensor.requires_grad()) << name;
  });
}

}  // namespace
}  // namespace saccade
