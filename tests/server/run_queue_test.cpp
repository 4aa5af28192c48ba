// One run after another; of each viewer the newest.
#include "saccade/server/run_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <vector>

namespace saccade {
namespace {

// What became of a job: "done", or why it stopped.
class Asked {
 public:
  // Runs until it is stopped or released.
  RunQueue::Job job(const std::string& viewer, std::shared_future<void> release) {
    return {.viewer = viewer,
            .run =
                [this, release](const StopFlag& stop) {
                  begun_.set_value();
                  try {
                    while (release.wait_for(std::chrono::milliseconds(1)) ==
                           std::future_status::timeout)
                      stop.check();
                    stop.check();
                    end_.set_value("done");
                  } catch (const RunStopped& stopped) {
                    end_.set_value(stopped.what());
                  }
                },
            .stopped = [this](const char* why) { end_.set_value(why); }};
  }
  void wait_until_begun() { begun_.get_future().wait(); }
  std::string end() { return end_.get_future().get(); }

 private:
  std::promise<void> begun_;
  std::promise<std::string> end_;
};

class RunQueueTest : public testing::Test {
 protected:
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  RunQueue queue_;
};

TEST_F(RunQueueTest, ANewRequestStopsTheViewersRunningAndWaitingOnes) {
  Asked first, second, third, other;
  queue_.push(first.job("v", released_));
  first.wait_until_begun();
  queue_.push(other.job("w", released_));
  queue_.push(second.job("v", released_));
  EXPECT_EQ(first.end(), "superseded");
  queue_.push(third.job("v", released_));
  EXPECT_EQ(second.end(), "superseded");
  release_.set_value();
  EXPECT_EQ(other.end(), "done");
  EXPECT_EQ(third.end(), "done");
}

TEST_F(RunQueueTest, RequestsOfNobodyStopNobody) {
  Asked first, second;
  queue_.push(first.job("", released_));
  queue_.push(second.job("", released_));
  release_.set_value();
  EXPECT_EQ(first.end(), "done");
  EXPECT_EQ(second.end(), "done");
}

TEST_F(RunQueueTest, CancellingStopsOnlyThatViewer) {
  Asked first, second;
  queue_.push(first.job("v", released_));
  queue_.push(second.job("w", released_));
  first.wait_until_begun();
  queue_.cancel("v");
  EXPECT_EQ(first.end(), "cancelled");
  release_.set_value();
  EXPECT_EQ(second.end(), "done");
}

TEST_F(RunQueueTest, AtItsEndEveryJobIsAnswered) {
  Asked first, second, late;
  queue_.push(first.job("v", released_));
  queue_.push(second.job("w", released_));
  first.wait_until_begun();
  queue_.end();
  EXPECT_EQ(first.end(), "the server ends");
  EXPECT_EQ(second.end(), "the server ends");
  EXPECT_FALSE(queue_.push(late.job("x", released_)));
}

TEST_F(RunQueueTest, TooManyAreRefused) {
  std::vector<Asked> many(300);
  int taken = 0;
  for (Asked& one : many) taken += queue_.push(one.job("", released_)) ? 1 : 0;
  EXPECT_GE(taken, 256);
  EXPECT_LE(taken, 257);
  release_.set_value();
  for (int i = 0; i < taken; ++i) EXPECT_EQ(many[static_cast<std::size_t>(i)].end(), "done");
}

}  // namespace
}  // namespace saccade
