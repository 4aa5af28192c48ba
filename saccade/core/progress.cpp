// Progress of long work on stderr.
#include "saccade/core/progress.h"

#include <unistd.h>

#include <cstdio>

namespace saccade {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double kTerminalEverySeconds = 0.1;
constexpr double kLogEverySeconds = 10.0;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Progress::Progress(std::string what, std::int64_t total, bool quiet)
    : what_(std::move(what)),
      total_(total),
      quiet_(quiet || total <= 1),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      printed_(start_) {}

Progress::~Progress() {
  if (!quiet_ && terminal_ && done_ > 0) std::fputs("\n", stderr);
}

void Progress::step(std::string_view note) {
  ++done_;
  if (quiet_) return;
  const auto now = Clock::now();
  const bool last = done_ >= total_;
  const double every = terminal_ ? kTerminalEverySeconds : kLogEverySeconds;
  if (!last && seconds_between(printed_, now) < every) return;
  printed_ = now;
  print(note, last);
}

void Progress::print(std::string_view note, bool last) {
  const double elapsed = seconds_between(start_, printed_);
  const double rate = elapsed > 0 ? static_cast<double>(done_) / elapsed : 0;
  const double left = rate > 0 ? static_cast<double>(total_ - done_) / rate : 0;
  std::fprintf(stderr, "%s%lld/%lld %s  %.1f/s  %s %.0f s  %.*s%s", terminal_ ? "\r\033[K" : "",
               static_cast<long long>(done_), static_cast<long long>(total_), what_.c_str(), rate,
               last ? "took" : "left", last ? elapsed : left, static_cast<int>(note.size()),
               note.data(), terminal_ ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace saccade
