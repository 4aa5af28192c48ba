// The host's clocks, in milliseconds: differences count.
#pragma once

#include <ctime>

namespace saccade::bench {

inline double read_clock(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) * 1e-6;
}

inline double wall_ms() { return read_clock(CLOCK_MONOTONIC); }
// Of all threads of this process.
inline double processor_ms() { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace saccade::bench
