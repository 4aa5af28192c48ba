// The key-value store that the processes of one job share, and what each tells the others there:
// that it lives, what it is at, why it gave up.
#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "saccade/dist/rank_environment.h"

namespace saccade {

class RankStore {
 public:
  // Connects to MASTER_ADDR:MASTER_PORT (rank 0 serves there, unless torchrun's agent does) and starts
  // to beat once a second. Throws Error that names the address when that fails, UsageError for a
  // SACCADE_DIST_TIMEOUT (seconds, default 300) that is no number.
  explicit RankStore(const RankEnvironment& environment);
  ~RankStore();
  RankStore(const RankStore&) = delete;
  RankStore& operator=(const RankStore&) = delete;

  const RankEnvironment& environment() const { return environment_; }
  std::chrono::seconds timeout() const { return timeout_; }

  void set(const std::string& key, std::string_view bytes);
  std::string get(const std::string& key);
  bool has(const std::string& key);
  // A second connection to the same store, for whoever waits inside a call: on the first one that
  // would hold up the heartbeat.
  c10::intrusive_ptr<c10d::Store> connect_again();

  // Why a rank gave up; nothing while it has not.
  std::optional<std::string> failure_of(int rank);
  void set_failure(const std::string& message);
  // Heartbeats so far; 0 for one that never arrived.
  std::int64_t beats_of(int rank);

  // Notes that this rank begins its next operation with all others; told with the next beat.
  void begin(const std::string& operation);
  // Who holds up the operation that this rank is in: a rank that failed, has not been heard of for
  // some beats, or lives and is behind. Takes up to three seconds; empty when nobody stands out.
  std::string find_culprit();

 private:
  void beat();
  bool publish();
  std::string find_one_behind();

  const RankEnvironment environment_;
  const std::chrono::seconds timeout_;
  const c10::intrusive_ptr<c10d::Store> store_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::int64_t operations_ = 0;  // begun by this rank
  std::string operation_;        // the latest
  std::jthread heart_;           // last: it ends before what it uses
};

}  // namespace saccade
