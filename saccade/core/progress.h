// Progress of long work on stderr: one line that renews itself on a terminal, plain lines in a log.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace saccade {

class Progress {
 public:
  // `what` is counted up to `total`, such as ("images", 120). Prints nothing when `quiet`.
  Progress(std::string what, std::int64_t total, bool quiet);
  ~Progress();

  // One more done; `note` stands at the end of the line.
  void step(std::string_view note = {});

 private:
  void print(std::string_view note, bool last);

  std::string what_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  bool quiet_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point printed_;
};

}  // namespace saccade
