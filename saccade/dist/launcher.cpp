// Starts the processes of a job and watches over them.
#include "saccade/dist/launcher.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <optional>

#include "saccade/core/error.h"
#include "saccade/core/parallel.h"
#include "saccade/dist/rank_process.h"

namespace saccade {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMaxProcesses = 1024;
constexpr int kMaxPort = 65535;
constexpr int kDefaultPort = 29500;
constexpr int kPassedOn[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
constexpr timespec kTick{0, 200'000'000};

bool asks_to_end(int signal) { return signal == SIGINT || signal == SIGTERM || signal == SIGHUP; }

// A port of this machine at which nobody listens now.
int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t length = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool found =
      fd >= 0 && ::bind(fd, generic, length) == 0 && ::getsockname(fd, generic, &length) == 0;
  if (fd >= 0) ::close(fd);
  if (!found) throw Error("no free port was found for the ranks; choose one with --master_port");
  return ntohs(address.sin_port);
}

// The signals that the launcher takes one by one instead of being interrupted.
sigset_t awaited_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  for (const int signal : kPassedOn) ::sigaddset(&set, signal);
  return set;
}

// Blocks them while it lives; `before` is what the ranks get.
struct BlockedSignals {
  BlockedSignals() : awaited(awaited_signals()) {
    std::signal(SIGCHLD, SIG_DFL);  // a parent that ignored it would hide how ranks end
    ::sigprocmask(SIG_BLOCK, &awaited, &before);
  }
  ~BlockedSignals() { ::sigprocmask(SIG_SETMASK, &before, nullptr); }
  sigset_t awaited{};
  sigset_t before{};
};

class Ranks {
 public:
  explicit Ranks(const LaunchOptions& options) : options_(options) {}

  void start() {
    Variables shared = shared_variables();
    try {
      for (int local = 0; local < options_.processes; ++local) {
        Variables own = shared;
        own.emplace_back("RANK", std::to_string(rank_of(local)));
        own.emplace_back("LOCAL_RANK", std::to_string(local));
        running_.push_back(start_process(options_.command, own, signals_.before));
      }
    } catch (const Error&) {
      signal_all(SIGKILL);
      throw;
    }
  }

  LaunchResult watch() {
    while (std::any_of(running_.begin(), running_.end(), [](pid_t pid) { return pid != 0; })) {
      const int signal = ::sigtimedwait(&signals_.awaited, nullptr, &kTick);
      if (signal == SIGCHLD) reap();
      if (signal > 0 && signal != SIGCHLD) pass_on(signal);
      if (kill_at_ && Clock::now() > *kill_at_) signal_all(SIGKILL);
    }
    return result_;
  }

 private:
  int rank_of(int local) const { return options_.processes * options_.node_rank + local; }
  int world_size() const { return options_.processes * options_.nodes; }

  Variables shared_variables() const {
    const bool one_node = options_.nodes == 1;
    const int port =
        options_.master_port != 0 ? options_.master_port : (one_node ? free_port() : kDefaultPort);
    Variables all = {
        {"MASTER_ADDR", options_.master_addr.empty() ? "127.0.0.1" : options_.master_addr},
        {"MASTER_PORT", std::to_string(port)},
        {"WORLD_SIZE", std::to_string(world_size())},
        {"LOCAL_WORLD_SIZE", std::to_string(options_.processes)},
        {"TORCHELASTIC_USE_AGENT_STORE", "False"}};  // rank 0 serves, whoever started us
    if (std::getenv("OMP_NUM_THREADS") == nullptr) {
      const int share = std::max(1, available_threads() / options_.processes);
      all.emplace_back("OMP_NUM_THREADS", std::to_string(share));
    }
    return all;
  }

  void reap() {
    for (std::size_t local = 0; local < running_.size(); ++local) {
      int status = 0;
      if (running_[local] == 0 || ::waitpid(running_[local], &status, WNOHANG) <= 0) continue;
      const pid_t group = running_[local];
      running_[local] = 0;
      if (exit_code_of(status) == 0) continue;
      ::kill(-group, SIGKILL);  // what it may have started and left behind
      if (result_.exit_code == 0) note_failure(static_cast<int>(local), status);
    }
  }

  void note_failure(int local, int status) {
    result_.exit_code = exit_code_of(status);
    result_.failure =
        text_of("rank ", rank_of(local), " of ", world_size(), " ", how_it_ended(status));
    if (!told_to_end_) signal_all(SIGTERM);
    kill_at_ = Clock::now() + std::chrono::seconds(options_.grace_seconds);
  }

  // A wish to end is for a rank and all it has started; any other signal is for the rank, as its
  // helpers would die of it.
  void pass_on(int signal) {
    if (asks_to_end(signal)) {
      told_to_end_ = true;
      return signal_all(signal);
    }
    for (const pid_t pid : running_) {
      if (pid != 0) ::kill(pid, signal);
    }
  }

  void signal_all(int signal) const {
    for (const pid_t pid : running_) {
      if (pid != 0) ::kill(-pid, signal);
    }
  }

  const LaunchOptions& options_;
  const BlockedSignals signals_;
  std::vector<pid_t> running_;  // by local rank; 0 when ended
  bool told_to_end_ = false;
  std::optional<Clock::time_point> kill_at_;
  LaunchResult result_;
};

}  // namespace

void LaunchOptions::check() const {
  const auto in_range = [](const char* name, int value, int low, int high) {
    if (value < low || value > high)
      throw UsageError(text_of(name, " ", value, ": expected ", low, " to ", high));
  };
  in_range("-n", processes, 1, kMaxProcesses);
  in_range("--nnodes", nodes, 1, kMaxProcesses);
  in_range("--node_rank", node_rank, 0, nodes - 1);
  in_range("--master_port", master_port, 0, kMaxPort);
  in_range("--grace", grace_seconds, 0, 24 * 3600);
  if (nodes > 1 && master_addr.empty())
    throw UsageError(
        "--nnodes needs --master_addr, the address of node 0 (the same on every node)");
  if (command.empty() || command.front().empty())
    throw UsageError(
        "launch needs a command after --, such as: saccade launch -n 2 -- eval --help");
}

LaunchResult launch_ranks(const LaunchOptions& options) {
  options.check();
  Ranks ranks(options);
  ranks.start();
  return ranks.watch();
}

}  // namespace saccade
