// What a person sees of a run.
#include "saccade/train/train_monitor.h"

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace saccade {
namespace {

constexpr double kTerminalEverySeconds = 0.1;
constexpr double kLogEverySeconds = 10;
constexpr int kMeasuredSteps = 50;  // the speed is of about so many last steps

std::string duration(double seconds) {
  char text[32];
  const auto whole = static_cast<long long>(seconds + 0.5);
  std::snprintf(text, sizeof(text), "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                whole % 60);
  return text;
}

// A line that wraps could not be renewed.
std::size_t terminal_columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col : 80;
}

}  // namespace

double peak_memory_mib() {
  rusage usage{};
  return ::getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<double>(usage.ru_maxrss) / 1024 : 0;
}

TrainMonitor::TrainMonitor(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {
  start();
}

void TrainMonitor::start() { last_step_ = Clock::now(); }

std::string TrainMonitor::text_of_step(const MonitorStep& at, const LossMeters& meters) const {
  char text[512];
  const double seconds = seconds_ / static_cast<double>(steps_);
  std::snprintf(text, sizeof(text),
                "epoch %lld/%lld  step %lld/%lld  loss %.4f  left %s  %.2f img/s  ce %.4f  bbox "
                "%.4f  giou %.4f  "
                "lr %.2e  grad %.2f  wait %.0f %%  mem %.0f MiB",
                static_cast<long long>(at.epoch + 1), static_cast<long long>(at.epochs),
                static_cast<long long>(at.step), static_cast<long long>(at.steps),
                meters.recent("loss"),
                duration(seconds * static_cast<double>(at.run_steps - at.run_step)).c_str(),
                images_ / seconds_, meters.recent("loss_ce"), meters.recent("loss_bbox"),
                meters.recent("loss_giou"), meters.recent("lr"), meters.recent("grad_norm"),
                100 * data_seconds_ / seconds_, peak_memory_mib());
  return text;
}

void TrainMonitor::step(const MonitorStep& at, const LossMeters& meters) {
  const auto now = Clock::now();
  const double fade = steps_ < kMeasuredSteps ? 1 : 1 - 1.0 / kMeasuredSteps;
  seconds_ = seconds_ * fade + std::chrono::duration<double>(now - last_step_).count();
  images_ = images_ * fade + static_cast<double>(at.images);
  data_seconds_ = data_seconds_ * fade + at.data_seconds;
  if (steps_ < kMeasuredSteps) ++steps_;
  last_step_ = now;
  if (quiet_) return;
  const bool last = at.step == at.steps || at.run_step == at.run_steps;
  const double every = terminal_ ? kTerminalEverySeconds : kLogEverySeconds;
  if (!last && std::chrono::duration<double>(now - printed_).count() < every) return;
  printed_ = now;
  std::string text = text_of_step(at, meters);
  if (terminal_) text.resize(std::min(text.size(), terminal_columns() - 1));  // ASCII
  std::fprintf(stderr, "%s%s%s", terminal_ ? "\r\033[K" : "", text.c_str(),
               terminal_ && !last ? "" : "\n");
  line_open_ = terminal_ && !last;
  std::fflush(stderr);
}

void TrainMonitor::tell(const std::string& line) {
  std::fprintf(stderr, "%s%s\n", line_open_ ? "\n" : "", line.c_str());
  line_open_ = false;
  std::fflush(stderr);
}

void TrainMonitor::note(const std::string& line) {
  if (!quiet_) tell(line);
}

}  // namespace saccade
