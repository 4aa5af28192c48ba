// Which of several processes this one is.
#include "saccade/dist/rank_environment.h"

#include <gtest/gtest.h>

#include <map>

#include "saccade/core/error.h"

namespace saccade {
namespace {

using Variables = std::map<std::string, std::string>;

std::optional<RankEnvironment> read(const Variables& variables) {
  return read_rank_environment([&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(RankEnvironment, IsNothingWithoutVariablesOrForOneProcess) {
  EXPECT_FALSE(read({}));
  EXPECT_FALSE(read({{"RANK", "0"}, {"WORLD_SIZE", "1"}}));
  EXPECT_FALSE(read({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "1"}}));
  EXPECT_FALSE(read({{"SLURM_JOB_ID", "7"}, {"SLURM_NTASKS", "8"}}));  // salloc, without srun
}

TEST(RankEnvironment, ReadsWhatTorchrunSets) {
  const auto ranks = read({{"RANK", "3"},
                           {"WORLD_SIZE", "8"},
                           {"LOCAL_RANK", "1"},
                           {"MASTER_ADDR", "10.0.0.1"},
                           {"MASTER_PORT", "12345"},
                           {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                           {"TORCHELASTIC_RESTART_COUNT", "2"},
                           {"SLURM_PROCID", "5"}});
  ASSERT_TRUE(ranks);
  EXPECT_EQ(ranks->rank, 3);
  EXPECT_EQ(ranks->world_size, 8);
  EXPECT_EQ(ranks->local_rank, 1);
  EXPECT_EQ(ranks->master_addr, "10.0.0.1");
  EXPECT_EQ(ranks->master_port, 12345);
  EXPECT_TRUE(ranks->agent_serves_store);
  EXPECT_EQ(ranks->restart_count, "2");
}

TEST(RankEnvironment, ReadsWhatSlurmSetsAndKeepsAGivenAddress) {
  Variables slurm = {{"SLURM_PROCID", "1"},
                     {"SLURM_NTASKS", "4"},
                     {"SLURM_LOCALID", "1"},
                     {"SLURM_NODELIST", "gpu[003-007,9],login"}};
  auto ranks = read(slurm);
  ASSERT_TRUE(ranks);
  EXPECT_EQ(ranks->rank, 1);
  EXPECT_EQ(ranks->master_addr, "gpu003");
  EXPECT_EQ(ranks->master_port, 29500);
  EXPECT_FALSE(ranks->agent_serves_store);
  slurm["MASTER_ADDR"] = "127.0.0.1";
  slurm["MASTER_PORT"] = "29777";
  ranks = read(slurm);
  EXPECT_EQ(ranks->master_addr, "127.0.0.1");
  EXPECT_EQ(ranks->master_port, 29777);
}

TEST(RankEnvironment, NamesTheVariableThatIsWrong) {
  const auto message = [](const Variables& variables) -> std::string {
    try {
      read(variables);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message({{"RANK", "x"}, {"WORLD_SIZE", "2"}}).find("RANK=x"), std::string::npos);
  EXPECT_NE(message({{"RANK", "2"}, {"WORLD_SIZE", "2"}}).find("0 to 1"), std::string::npos);
  EXPECT_NE(message({{"RANK", "0"}, {"WORLD_SIZE", "2"}}).find("MASTER_ADDR"), std::string::npos);
  EXPECT_NE(
      message({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "70000"}})
          .find("MASTER_PORT=70000"),
      std::string::npos);
  EXPECT_NE(message({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "2"}}).find("SLURM_NODELIST"),
            std::string::npos);
}

TEST(RankEnvironment, FindsTheFirstHostOfASlurmList) {
  EXPECT_EQ(first_slurm_host("node1"), "node1");
  EXPECT_EQ(first_slurm_host("node1,node2"), "node1");
  EXPECT_EQ(first_slurm_host("n[1-2]"), "n1");
  EXPECT_EQ(first_slurm_host("n[08,10-12],m3"), "n08");
}

}  // namespace
}  // namespace saccade
