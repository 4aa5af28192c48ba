// What needs the model, one after another.
#include "saccade/server/run_queue.h"

#include <algorithm>
#include <iterator>

namespace saccade {

std::deque<RunQueue::Job> RunQueue::taken_out(const std::string* viewer, const char* why) {
  std::deque<Job> out;
  const auto is_theirs = [&](const Job& job) { return viewer == nullptr || job.viewer == *viewer; };
  const auto rest = std::stable_partition(waiting_.begin(), waiting_.end(),
                                          [&](const Job& job) { return !is_theirs(job); });
  std::move(rest, waiting_.end(), std::back_inserter(out));
  waiting_.erase(rest, waiting_.end());
  if (running_ && (viewer == nullptr || running_viewer_ == *viewer)) running_->stop(why);
  return out;
}

bool RunQueue::push(Job job) {
  static constexpr char kWhy[] = "superseded";
  std::deque<Job> superseded;
  {
    const std::lock_guard lock(mutex_);
    if (!job.viewer.empty()) superseded = taken_out(&job.viewer, kWhy);
    if (ends_ || waiting_.size() >= kMostWaiting) {
      waiting_.insert(waiting_.end(), std::make_move_iterator(superseded.begin()),
                      std::make_move_iterator(superseded.end()));
      return false;
    }
    waiting_.push_back(std::move(job));
  }
  changed_.notify_one();
  for (const Job& one : superseded) one.stopped(kWhy);
  return true;
}

void RunQueue::cancel(const std::string& viewer) {
  static constexpr char kWhy[] = "cancelled";
  std::deque<Job> cancelled;
  {
    const std::lock_guard lock(mutex_);
    cancelled = taken_out(&viewer, kWhy);
  }
  for (const Job& job : cancelled) job.stopped(kWhy);
}

RunQueue::~RunQueue() {
  end();
  join();
}

void RunQueue::join() {
  if (thread_.joinable()) thread_.join();
}

void RunQueue::end() {
  static constexpr char kWhy[] = "the server ends";
  std::deque<Job> left;
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    left = taken_out(nullptr, kWhy);
  }
  changed_.notify_all();
  for (const Job& job : left) job.stopped(kWhy);
}

void RunQueue::work() {
  for (;;) {
    Job job;
    std::shared_ptr<StopFlag> flag;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return ends_ || !waiting_.empty(); });
      if (ends_) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
      running_ = flag = std::make_shared<StopFlag>(job.gone);
      running_viewer_ = job.viewer;
    }
    job.run(*flag);
    const std::lock_guard lock(mutex_);
    running_.reset();
  }
}

}  // namespace saccade
