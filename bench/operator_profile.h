// Where the time of a piece of work goes, by ATen operator: LibTorch's own observers, one thread.
#pragma once

#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace saccade::bench {

// While it lives, operators of this thread are counted under their names. An operator's time is its own: what it calls
// counts for itself.
class OperatorProfile {
 public:
  struct Row {
    std::string name;
    double ms = 0;
    int calls = 0;
  };

  OperatorProfile() {
    current() = this;
    handle_ = at::addThreadLocalCallback(
        at::RecordFunctionCallback(&OperatorProfile::begin, &OperatorProfile::end)
            .scopes({at::RecordScope::FUNCTION, at::RecordScope::USER_SCOPE}));
  }
  ~OperatorProfile() {
    at::removeCallback(handle_);
    current() = nullptr;
  }
  OperatorProfile(const OperatorProfile&) = delete;
  OperatorProfile& operator=(const OperatorProfile&) = delete;

  // The longest first.
  std::vector<Row> rows() const {
    std::vector<Row> all;
    for (const auto& [name, row] : rows_) all.push_back(row);
    std::sort(all.begin(), all.end(), [](const Row& a, const Row& b) { return a.ms > b.ms; });
    return all;
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Open {
    Clock::time_point start;
    double of_others = 0;  // ms of the operators it called
  };

  static OperatorProfile*& current() {
    static thread_local OperatorProfile* profile = nullptr;
    return profile;
  }

  static std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction&) {
    current()->open_.push_back({Clock::now()});
    return nullptr;
  }

  static void end(const at::RecordFunction& function, at::ObserverContext*) {
    OperatorProfile& profile = *current();
    const Open open = profile.open_.back();
    profile.open_.pop_back();
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - open.start).count();
    if (!profile.open_.empty()) profile.open_.back().of_others += ms;
    Row& row = profile.rows_[function.name()];
    row.name = function.name();
    row.ms += ms - open.of_others;
    ++row.calls;
  }

  at::CallbackHandle handle_ = 0;
  std::vector<Open> open_;
  std::map<std::string, Row> rows_;
};

}  // namespace saccade::bench
