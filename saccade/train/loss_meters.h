// Running means of what a run logs: over the epoch, and over the last steps for the progress line.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace saccade {

class LossMeters {
 public:
  struct Meter {
    std::string name;
    double sum = 0;
    std::int64_t count = 0;
    std::deque<double> window;  // the last kWindow values

    double mean() const { return count > 0 ? sum / static_cast<double>(count) : 0; }
  };
  static constexpr std::size_t kWindow = 20;

  void add(std::string_view name, double value);
  // In the order in which they first came.
  const std::vector<Meter>& all() const { return meters_; }
  const Meter* find(std::string_view name) const;
  // Lower median of the last values, as the original's console shows it; 0 where there is none.
  double recent(std::string_view name) const;
  // Goes on where an interrupted epoch stood.
  void restore(std::string name, double sum, std::int64_t count);
  void clear() { meters_.clear(); }

 private:
  Meter& meter(std::string_view name);
  std::vector<Meter> meters_;
};

}  // namespace saccade
