// Starts one process of a job.
#include "saccade/dist/rank_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr int kCannotStart = 127;  // as a shell says

// In the child: becomes `command`, or tells errno through `pipe`.
[[noreturn]] void become(const std::vector<std::string>& command, const Variables& variables,
                         const sigset_t& mask, pid_t parent, int pipe) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kCannotStart);  // it died before prctl
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  const int error = errno;
  [[maybe_unused]] const ssize_t told = ::write(pipe, &error, sizeof(error));
  ::_exit(kCannotStart);
}

}  // namespace

pid_t start_process(const std::vector<std::string>& command, const Variables& variables,
                    const sigset_t& mask) {
  std::array<int, 2> pipe{};  // closes by itself when the program starts
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
    throw Error(text_of("a process cannot be started: ", std::strerror(errno)));
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become(command, variables, mask, parent, pipe[1]);
  int error = child < 0 ? errno : 0;
  ::close(pipe[1]);
  if (child > 0) {
    ::setpgid(child, child);  // here too: a signal must find the group at once
    if (::read(pipe[0], &error, sizeof(error)) == sizeof(error)) ::waitpid(child, nullptr, 0);
  }
  ::close(pipe[0]);
  if (error != 0)
    throw Error(text_of(command.front(), ": cannot be started: ", std::strerror(error)));
  return child;
}

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string how_it_ended(int status) {
  if (!WIFSIGNALED(status)) return text_of("ended with exit code ", WEXITSTATUS(status));
  return text_of("was ended by signal ", WTERMSIG(status), " (", ::strsignal(WTERMSIG(status)),
                 ")");
}

}  // namespace saccade
