// What a person sees of a run while it goes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "saccade/train/loss_meters.h"

namespace saccade {

struct MonitorStep {
  std::int64_t epoch = 0, epochs = 0;        // at work, from 0; of the run
  std::int64_t step = 0, steps = 0;          // done of the epoch; in it
  std::int64_t run_step = 0, run_steps = 0;  // done of the run; in it
  std::int64_t images = 0;                   // that this step saw, of all processes
  double data_seconds = 0;                   // waited for its batch
};

// On a terminal one line of stderr that renews itself and is cut to its width, in a log a plain line every 10 seconds and at
// the end of an epoch: losses (median of the last 20 steps), rate, images per second, wait for data,
// memory, time left.
class TrainMonitor {
 public:
  explicit TrainMonitor(bool quiet);

  // Time starts to count: at the beginning of an epoch.
  void start();
  void step(const MonitorStep& at, const LossMeters& meters);
  // A line of its own, even when quiet: warnings.
  void tell(const std::string& line);
  // A line of its own unless quiet.
  void note(const std::string& line);

 private:
  std::string text_of_step(const MonitorStep& at, const LossMeters& meters) const;

  using Clock = std::chrono::steady_clock;
  bool quiet_, terminal_;
  bool line_open_ = false;
  Clock::time_point last_step_, printed_;
  double seconds_ = 0, images_ = 0, data_seconds_ = 0;
  std::int64_t steps_ = 0;
};

// Peak memory of this process in MiB; 0 where the system does not tell.
double peak_memory_mib();

}  // namespace saccade
