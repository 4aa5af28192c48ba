// Logs of training runs: what is read is written line by line and read again to the same numbers.
#include <cmath>

#include "saccade/core/json_writer.h"
#include "saccade/train/run_log_reader.h"
#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {
namespace {

std::string text_of_log(const RunLog& log) {
  std::string text;
  for (const LoggedEpoch& epoch : log.epochs) {
    JsonWriter line;
    line.begin_object();
    for (const auto& [key, value] : epoch.values) {
      line.key(key);
      std::isnan(value) ? line.raw("NaN") : line.value(value);
    }
    text += line.end_object().text() + "\n";
  }
  return text;
}

bool are_equal(const LoggedEpoch& a, const LoggedEpoch& b) {
  if (a.epoch != b.epoch || a.values.size() != b.values.size()) return false;
  for (const auto& [key, value] : a.values) {
    const auto other = b.values.find(key);
    if (other == b.values.end()) return false;
    const bool both_nan = std::isnan(value) && std::isnan(other->second);
    if (!both_nan && value != other->second) return false;
  }
  return true;
}

}  // namespace

void check_input(std::string_view input) {
  static InputFile file, copy;
  const RunLog log = read_run_log(file.with(input));
  for (std::size_t i = 1; i < log.epochs.size(); ++i)
    require(log.epochs[i - 1].epoch < log.epochs[i].epoch, "epochs ascend");
  const RunLog again = read_run_log(copy.with(text_of_log(log)));
  require(again.epochs.size() == log.epochs.size(), "no written epoch is lost");
  for (std::size_t i = 0; i < log.epochs.size(); ++i)
    require(are_equal(log.epochs[i], again.epochs[i]), "a written epoch reads back to the same");
}

}  // namespace saccade::fuzz
