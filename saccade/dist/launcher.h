// Starts the processes of a job on this machine and watches over them (`saccade launch`).
#pragma once

#include <string>
#include <vector>

namespace saccade {

struct LaunchOptions {
  int processes = 1;        // on this machine, 1 to 1024
  int nodes = 1;            // machines of the job
  int node_rank = 0;        // which of them this is, 0 to nodes - 1
  std::string master_addr;  // of node 0; empty: 127.0.0.1, for one node
  int master_port = 0;      // at which rank 0 listens; 0: a free one, or 29500 with several nodes
  int grace_seconds = 30;   // from SIGTERM to SIGKILL once a rank has failed
  std::vector<std::string> command;  // a program, looked up in PATH, and its arguments
  void check() const;                // throws UsageError and names the option
};

struct LaunchResult {
  int exit_code = 0;
  std::string failure;  // "rank 1 of 4 ended with exit code 3"; empty when all ended well
};

// Runs `command` once per process with MASTER_ADDR, MASTER_PORT, WORLD_SIZE, RANK (processes *
// node_rank + LOCAL_RANK), LOCAL_RANK, LOCAL_WORLD_SIZE and, unless it is set, OMP_NUM_THREADS (cores
// / processes) in its environment; returns when all have ended.
//
// The first rank that fails ends the others: SIGTERM, then SIGKILL after the grace; its exit code (128
// + n for signal n) is the result's. SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 are passed on to
// every rank; after SIGINT, SIGTERM or SIGHUP ranks end by themselves, and the grace begins with the
// first that has. Throws Error when the program cannot be started.
// Source: training.md 4.3 (which waits for the ranks in order and kills none).
LaunchResult launch_ranks(const LaunchOptions& options);

}  // namespace saccade
