// Options of saccade launch, and what it says at the end.
#include "saccade/cli/launch_command.h"

#include <cstring>
#include <iostream>

#include "saccade/cli/program_files.h"
#include "saccade/core/one_line.h"

namespace saccade {

void add_launch(CLI::App& app, LaunchOptions& o) {
  CLI::App* command = app.add_subcommand(
      "launch",
      "Start a command in several processes that share the work; the first failure ends all.");
  command->add_option("-n,--nproc_per_node", o.processes, "processes on this machine (default: 1)")
      ->type_name("N");
  command->add_option("--nnodes", o.nodes, "machines; run launch on each (default: 1)")
      ->type_name("K");
  command->add_option("--node_rank", o.node_rank, "which machine this is, from 0 (default: 0)")
      ->type_name("R");
  command
      ->add_option("--master_addr", o.master_addr,
                   "address of machine 0, the same on each (default: 127.0.0.1 for one machine)")
      ->type_name("A");
  command
      ->add_option("--master_port", o.master_port,
                   "port at which rank 0 listens (default: a free one; 29500 for several machines)")
      ->type_name("P");
  command
      ->add_option("--grace", o.grace_seconds,
                   "seconds that ranks have to end after another has failed (default: 30)")
      ->type_name("S");
  command->footer(
      "COMMAND follows two dashes: a command of saccade, or any program. Each process finds\n"
      "MASTER_ADDR, MASTER_PORT, WORLD_SIZE, RANK, LOCAL_RANK, LOCAL_WORLD_SIZE and, unless it is\n"
      "set, OMP_NUM_THREADS (cores / N) in its environment. The exit code is that of the first\n"
      "rank that failed, 0 when none did. SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 are passed "
      "on.\n"
      "\n"
      "Example: saccade launch -n 4 -- eval --coco_path coco --weights r50.pth\n"
      "         saccade launch -n 2 -- train --coco_path coco --output_dir exps/r50 --resume auto\n"
      "         saccade launch -n 8 --nnodes 2 --node_rank 1 --master_addr 10.0.0.1 -- ./job.sh");
}

std::vector<std::string> take_launched_command(int& argc, char** argv) {
  if (argc < 2 || std::strcmp(argv[1], "launch") != 0) return {};
  for (int i = 2; i < argc; ++i) {
    if (std::strcmp(argv[i], "--") != 0) continue;
    std::vector<std::string> command(argv + i + 1, argv + argc);
    argc = i;
    return command;
  }
  return {};
}

int run_launch(LaunchOptions options, bool is_own) {
  if (is_own)
    options.command.insert(options.command.begin(),
                           (installation_root() / "bin" / "saccade").string());
  const LaunchResult result = launch_ranks(options);
  if (!result.failure.empty()) std::cerr << "saccade: error: " << one_line(result.failure) << "\n";
  return result.exit_code;
}

}  // namespace saccade
