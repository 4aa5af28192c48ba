// What needs the model, one after another on one thread: of each viewer only the newest request is worth running.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace saccade {

// Thrown by check() in a run that is no longer wanted; says why.
class RunStopped : public std::exception {
 public:
  explicit RunStopped(const char* why) : why_(why) {}
  const char* what() const noexcept override { return why_; }

 private:
  const char* why_;
};

class StopFlag {
 public:
  // `gone`: set once nobody waits any more; may be null.
  explicit StopFlag(std::shared_ptr<const std::atomic<bool>> gone = nullptr)
      : gone_(std::move(gone)) {}

  void stop(const char* why) { why_.store(why); }
  // Throws RunStopped.
  void check() const {
    if (const char* why = why_.load()) throw RunStopped(why);
    if (gone_ && *gone_) throw RunStopped("nobody waits for it");
  }

 private:
  const std::shared_ptr<const std::atomic<bool>> gone_;
  std::atomic<const char*> why_{nullptr};  // a literal
};

class RunQueue {
 public:
  // Runs on the queue's thread and checks the flag now and then; `stopped` (why) is called instead where it was not begun.
  struct Job {
    std::string viewer;  // empty: nobody's, never superseded
    std::function<void(const StopFlag&)> run;
    std::function<void(const char* why)> stopped;
    std::shared_ptr<const std::atomic<bool>> gone;  // for the flag; may be null
  };

  RunQueue() : thread_([this] { work(); }) {}
  ~RunQueue();
  RunQueue(const RunQueue&) = delete;

  // The viewer's earlier jobs stop, "superseded". False where too many wait already: nothing was taken.
  bool push(Job job);
  // The viewer's jobs stop, "cancelled".
  void cancel(const std::string& viewer);
  // All jobs stop; later ones are refused.
  void end();
  // After end(): returns when none runs any more. Not from a job.
  void join();

 private:
  static constexpr std::size_t kMostWaiting = 256;

  void work();
  // Takes what waits of the viewer out of the queue; all of it where null.
  std::deque<Job> taken_out(const std::string* viewer, const char* why);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  std::string running_viewer_;
  std::shared_ptr<StopFlag> running_;
  bool ends_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace saccade
