// Which machine code runs where.
#include "saccade/core/gpu_probe.h"

#include <gtest/gtest.h>

namespace saccade {
namespace {

Gpu gpu(int major, int minor) { return {.name = "GPU", .major = major, .minor = minor}; }

TEST(GpuProbe, MachineCodeRunsFromItsMinorVersionOnWithinItsMajorVersion) {
  EXPECT_TRUE(runs_on("80,90", gpu(8, 0)));
  EXPECT_TRUE(runs_on("80,90", gpu(8, 9)));
  EXPECT_TRUE(runs_on("80,90", gpu(9, 0)));
  EXPECT_FALSE(runs_on("89", gpu(8, 6)));
  EXPECT_FALSE(runs_on("80,90", gpu(7, 5)));
  EXPECT_FALSE(runs_on("80,90", gpu(12, 0)));
}

TEST(GpuProbe, PtxRunsOnWhateverIsNewer) {
  EXPECT_TRUE(runs_on("80,90+PTX", gpu(12, 0)));
  EXPECT_FALSE(runs_on("90+PTX", gpu(8, 9)));
}

TEST(GpuProbe, ADeviceIsNamedByItsNumber) {
  EXPECT_EQ(cuda_index("cuda"), -1);
  EXPECT_EQ(cuda_index("cuda:12"), 12);
  for (const char* name : {"gpu0", "cuda:", "cuda:-1", "cuda:1x", "cuda:99999999999", "cpu"})
    EXPECT_EQ(cuda_index(name), std::nullopt) << name;
}

TEST(GpuProbe, ABuildWithoutCodeRunsNowhere) { EXPECT_FALSE(runs_on("", gpu(9, 0))); }

TEST(GpuProbe, ArchitecturesAreCalledAsNvccCallsThem) {
  EXPECT_EQ(gpu(8, 9).architecture(), "sm_89");
  EXPECT_EQ(gpu(12, 0).architecture(), "sm_120");
}

}  // namespace
}  // namespace saccade
