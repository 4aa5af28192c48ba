// What a person reads while a run goes on.
#include "saccade/train/train_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace saccade {
namespace {

// What `body` writes to stderr, which is no terminal here.
template <typename Body>
std::string told(const Body& body) {
  testing::internal::CaptureStderr();
  body();
  return testing::internal::GetCapturedStderr();
}

MonitorStep step_of(std::int64_t step) {
  return {.epoch = 2,
          .epochs = 50,
          .step = step,
          .steps = 100,
          .run_step = 200 + step,
          .run_steps = 5000,
          .images = 8};
}

std::int64_t lines_in(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST(TrainMonitor, InALogALineComesEveryTenSecondsAndAtTheEndOfAnEpoch) {
  LossMeters meters;
  meters.add("loss", 12.25);
  meters.add("lr", 2e-4);
  const std::string text = told([&] {
    TrainMonitor monitor(/*quiet=*/false);
    for (std::int64_t step = 1; step <= 100; ++step) monitor.step(step_of(step), meters);
  });
  EXPECT_EQ(lines_in(text), 2) << text;  // the first step and the last
  EXPECT_THAT(text, testing::HasSubstr("epoch 3/50  step 1/100  loss 12.2500"));
  EXPECT_THAT(text, testing::HasSubstr("epoch 3/50  step 100/100  loss 12.2500"));
  EXPECT_THAT(text, testing::HasSubstr("lr 2.00e-04"));
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST(TrainMonitor, TheRunsLastStepIsToldWhereverTheEpochStands) {
  const std::string text = told([] {
    TrainMonitor monitor(/*quiet=*/false);
    monitor.step(step_of(1), {});
    MonitorStep last = step_of(2);
    last.run_steps = last.run_step;
    monitor.step(last, {});
  });
  EXPECT_THAT(text, testing::HasSubstr("step 2/100"));
  EXPECT_THAT(text, testing::HasSubstr("left 0:00:00"));
}

// 5000 - 202 steps are left of steps that took at least 20 ms each: more than 95 seconds.
TEST(TrainMonitor, TheTimeLeftFollowsFromTheStepsSoFar) {
  const std::string text = told([] {
    TrainMonitor monitor(/*quiet=*/false);
    ::usleep(20'000);
    monitor.step(step_of(1), {});
    ::usleep(20'000);
    MonitorStep last = step_of(2);
    last.steps = 2;
    monitor.step(last, {});
  });
  const auto at = text.rfind("left 0:");
  ASSERT_NE(at, std::string::npos) << text;
  const int minutes = std::stoi(text.substr(at + 7, 2)),
            seconds = std::stoi(text.substr(at + 10, 2));
  EXPECT_GE(60 * minutes + seconds, 95) << text;
}

TEST(TrainMonitor, QuietMeansWarningsAlone) {
  const std::string text = told([] {
    TrainMonitor monitor(/*quiet=*/true);
    monitor.step(step_of(100), {});
    monitor.note("epoch 3  AP 0.1");
    monitor.tell("saccade: warning: AP50 was 0");
  });
  EXPECT_EQ(text, "saccade: warning: AP50 was 0\n");
}

TEST(TrainMonitor, ThePeakMemoryIsThatOfTheProcess) {
  const double before = peak_memory_mib();
  EXPECT_GT(before, 1);
  std::vector<char> block(std::size_t{400} << 20, 1);
  EXPECT_GE(peak_memory_mib(), 400) << block.back();
}

}  // namespace
}  // namespace saccade
