// One process of a job, started by `saccade launch`.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace saccade {

using Variables = std::vector<std::pair<std::string, std::string>>;

// Starts `command` (a program, looked up in PATH, and its arguments) with `variables` added to the
// environment and `mask` as its blocked signals; returns its id. It leads a process group of its own,
// so a signal reaches what it starts as well. It shares our stdout and stderr, reads nothing from
// stdin, and gets SIGTERM should we die. Throws Error when the program cannot be started.
pid_t start_process(const std::vector<std::string>& command, const Variables& variables,
                    const sigset_t& mask);

// What waitpid says of one that ended, as a shell counts: its exit code, or 128 + the signal's number.
int exit_code_of(int status);
// "ended with exit code 3", "was ended by signal 9 (Killed)".
std::string how_it_ended(int status);

}  // namespace saccade
