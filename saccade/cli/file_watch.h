// Waits for files to change, until somebody interrupts the program.
#pragma once

#include <signal.h>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace saccade {

// While it lives, SIGINT, SIGTERM and SIGHUP do not end the program at once but are told by `wait`, so
// that no file is left half written.
class FileWatch {
 public:
  FileWatch();
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // Whether a file appeared, went, or has another size or time than when this was last asked; true the
  // first time. Asked before reading, it misses no change.
  bool changed(const std::vector<std::filesystem::path>& files);

  // Lets a second pass. Returns the signal that came, 0 where none did.
  int wait();

 private:
  struct State {
    std::int64_t size = -1;  // -1: there is no file
    std::int64_t modified_ns = 0;
    bool operator==(const State&) const = default;
  };
  static State state_of(const std::filesystem::path& file);

  sigset_t awaited_, before_;
  std::vector<State> seen_;
};

}  // namespace saccade
