// A wish to end from outside.
#include "saccade/train/stop_signal.h"

#include <csignal>

namespace saccade {
namespace {

volatile std::sig_atomic_t g_received = 0;
constexpr int kSignals[] = {SIGINT, SIGTERM, SIGUSR1};

void note(int signal) { g_received = signal; }

void set_handlers(void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  for (const int signal : kSignals) ::sigaction(signal, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal() {
  g_received = 0;
  set_handlers(note, SA_RESTART | static_cast<int>(SA_RESETHAND));
}

StopSignal::~StopSignal() { set_handlers(SIG_DFL, 0); }

int StopSignal::received() { return g_received; }

}  // namespace saccade
