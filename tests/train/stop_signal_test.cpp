// Signals that ask a run to end are noted; asking twice ends it at once.
#include "saccade/train/stop_signal.h"

#include <gtest/gtest.h>

#include <csignal>

#include "tests/dist/forked_ranks.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

TEST(StopSignal, IsNotedInsteadOfEndingTheProgram) {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) {
    const auto codes = in_processes(1, [signal](int, int) {
      const StopSignal signals;
      if (StopSignal::received() != 0) return 1;
      ::raise(signal);
      return StopSignal::received() == signal ? 0 : 2;
    });
    EXPECT_EQ(codes, std::vector<int>{0}) << signal;
  }
  tell_fault("a signal that asks training to end (SIGINT, SIGTERM, SIGUSR1)", 3,
             "noted, and the step is finished");
}

TEST(StopSignal, TheSecondOfAKindEndsAtOnce) {
  const auto codes = in_processes(1, [](int, int) {
    const StopSignal signals;
    ::raise(SIGTERM);
    ::raise(SIGTERM);
    return 3;
  });
  EXPECT_EQ(codes, std::vector<int>{128 + SIGTERM});
  tell_fault("the same signal a second time", 1, "the process ends at once");
}

TEST(StopSignal, AfterItsTimeASignalEndsTheProgramAgain) {
  const auto codes = in_processes(1, [](int, int) {
    { const StopSignal signals; }
    ::raise(SIGINT);
    return 3;
  });
  EXPECT_EQ(codes, std::vector<int>{128 + SIGINT});
}

TEST(StopSignal, EachTimeBeginsWithoutOne) {
  const auto codes = in_processes(1, [](int, int) {
    {
      const StopSignal signals;
      ::raise(SIGUSR1);
    }
    const StopSignal again;
    return StopSignal::received();
  });
  EXPECT_EQ(codes, std::vector<int>{0});
}

}  // namespace
}  // namespace saccade
