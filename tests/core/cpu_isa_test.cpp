// The choice of instruction set.
#include "saccade/core/cpu_isa.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "saccade/core/error.h"

namespace saccade {
namespace {

TEST(CpuIsa, EveryProcessorRunsGenericAndPicksTheRichestItHas) {
  const auto isas = available_cpu_isas();
  EXPECT_EQ(isas.front(), CpuIsa::kGeneric);
  if (std::getenv("SACCADE_CPU_ISA") == nullptr) {
    EXPECT_EQ(cpu_isa(), isas.back());
  }
}

TEST(CpuIsa, AChoiceHoldsUntilTheNext) {
  const CpuIsa before = cpu_isa();
  set_cpu_isa(CpuIsa::kGeneric);
  EXPECT_EQ(cpu_isa(), CpuIsa::kGeneric);
  set_cpu_isa(before);
  EXPECT_EQ(cpu_isa(), before);
}

// The variable is read once per process, so each value needs a process of its own.
void exit_with_choice(const char* value) {
  setenv("SACCADE_CPU_ISA", value, 1);
  try {
    std::fputs(name_of(cpu_isa()).c_str(), stderr);
  } catch (const Error& error) {
    std::fputs(error.what(), stderr);
  }
  std::exit(0);
}

TEST(CpuIsaDeathTest, TheEnvironmentChoosesOrIsToldWhatItMaySay) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(exit_with_choice("generic"), testing::ExitedWithCode(0), "^generic$");
  EXPECT_EXIT(exit_with_choice("sse9"), testing::ExitedWithCode(0),
              "SACCADE_CPU_ISA is 'sse9': expected generic, avx2 or avx512");
}

}  // namespace
}  // namespace saccade
