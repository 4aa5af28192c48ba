// A wish to end from outside: ctrl-C, SIGTERM, Slurm's SIGUSR1 before it takes a node away.
#pragma once

namespace saccade {

// While it lives, SIGINT, SIGTERM and SIGUSR1 are noted instead of ending the program; a second one of
// the same kind ends it at once. One at a time.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // The signal that came; 0: none.
  static int received();
};

}  // namespace saccade
