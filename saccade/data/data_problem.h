// What is wrong with a data set, one line each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace saccade {

struct DataProblem {
  std::string where;   // "instances.json: annotations[17] (id 901)", "val/a.jpg"
  std::string what;    // "bbox has a negative width (-3)"
  bool breaks = true;  // training or evaluation would stop or be wrong; false: worth knowing

  std::string line() const { return where + ": " + what; }
};

// At most this many problems that break, and as many others, are kept; the rest are counted.
constexpr std::int64_t kMaxKeptProblems = 10'000;

// Problems as they are found.
class ProblemList {
 public:
  void add(DataProblem problem);
  void add(std::string where, std::string what, bool breaks) {
    add(DataProblem{std::move(where), std::move(what), breaks});
  }
  // Whether another one of this kind would be kept: its text need not be made otherwise.
  bool keeps(bool breaks) const {
    return (breaks ? breaking_ : count_ - breaking_) < kMaxKeptProblems;
  }
  void count_only(std::int64_t more, std::int64_t breaking);

  std::int64_t count() const { return count_; }        // all, kept or not
  std::int64_t breaking() const { return breaking_; }  // those that break
  const std::vector<DataProblem>& kept() const { return kept_; }
  std::vector<DataProblem> take() { return std::move(kept_); }

 private:
  std::vector<DataProblem> kept_;
  std::int64_t count_ = 0;
  std::int64_t breaking_ = 0;
};

}  // namespace saccade
