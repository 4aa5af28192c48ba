// Which of several processes this one is, as torchrun or Slurm tell it in the environment.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace saccade {

struct RankEnvironment {
  int rank = 0;        // 0 to world_size - 1
  int world_size = 1;  // processes in all
  int local_rank = 0;  // among those of this machine
  std::string master_addr;
  int master_port = 29500;
  // torchrun serves the store itself; rank 0 must not.
  bool agent_serves_store = false;
  std::string restart_count = "0";  // torchrun's: a restarted group must not meet old keys
};

// The value of an environment variable, null where it is not set.
using EnvironmentLookup = std::function<const char*(const char*)>;

// 1. RANK and WORLD_SIZE (torchrun, launchers): MASTER_ADDR and MASTER_PORT must be there.
// 2. SLURM_PROCID and SLURM_NTASKS (srun): MASTER_ADDR where given, else the first host of
//    SLURM_NODELIST; MASTER_PORT or 29500.
// Nothing where neither is set, or where there is one process. Throws UsageError that names the
// variable that is missing or no number. Source: training.md 4.4.
std::optional<RankEnvironment> read_rank_environment(const EnvironmentLookup& lookup);
// The same from this process's environment.
std::optional<RankEnvironment> read_rank_environment();

// "gpu[003-007,9],login" -> "gpu003". Throws UsageError for a list that names no host.
std::string first_slurm_host(const std::string& node_list);

}  // namespace saccade
