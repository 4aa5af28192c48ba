// Reads the log of a training run.
#include "saccade/train/run_log_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "saccade/core/file_io.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

constexpr std::size_t kMaxLogBytes = std::size_t{1} << 28;
constexpr std::size_t kMaxListed = 64;  // elements of a list that are kept
constexpr double kMaxEpoch = 1e9;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Length of the NaN, Infinity or -Infinity that `text` begins with; 0 where it does not.
std::size_t non_finite_length(std::string_view text) {
  for (const std::string_view word : {"NaN", "Infinity", "-Infinity"})
    if (text.starts_with(word)) return word.size();
  return 0;
}

// The line with null in place of the numbers that Python's json writes and JSON does not have.
std::string without_non_finite(std::string_view line) {
  std::string out;
  bool in_text = false;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t skipped = in_text ? 0 : non_finite_length(line.substr(at));
    if (skipped > 0) out += "null";
    const bool escape = in_text && line[at] == '\\';
    if (line[at] == '"') in_text = !in_text;
    if (skipped == 0) out += line.substr(at, escape ? 2 : 1);
    at += skipped > 0 ? skipped : escape ? 2 : 1;
  }
  return out;
}

bool read_value(const dom::element& element, double& value) {
  if (element.is_null()) value = kNan;
  return element.is_null() || element.get(value) == simdjson::SUCCESS;
}

// Keeps numbers and lists of numbers; a log may hold anything else beside them.
void keep_values(LoggedEpoch& logged, const std::string& key, const dom::element& element) {
  double value = 0;
  dom::array list;
  if (read_value(element, value)) logged.values.insert_or_assign(key, value);
  if (element.get(list) != simdjson::SUCCESS || list.size() > kMaxListed) return;
  std::size_t i = 0;
  for (const dom::element item : list) {
    if (read_value(item, value)) logged.values.insert_or_assign(text_of(key, "[", i, "]"), value);
    ++i;
  }
}

LoggedEpoch logged_epoch(const dom::object& object, const std::string& place) {
  LoggedEpoch logged;
  for (const dom::key_value_pair field : object)
    keep_values(logged, std::string(field.key), field.value);
  const auto epoch = logged.values.find("epoch");
  if (epoch == logged.values.end())
    throw Error(text_of(place, "has no number \"epoch\"; is this the log of a training?"));
  if (!(epoch->second >= 0 && epoch->second <= kMaxEpoch) ||
      epoch->second != std::floor(epoch->second))
    throw Error(text_of(place, "epoch is ", epoch->second, ", expected a whole number from 0"));
  logged.epoch = static_cast<std::int64_t>(epoch->second);
  return logged;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

class LogReader {
 public:
  explicit LogReader(const fs::path& file) { log_.file = file; }

  // `is_open`: no line break follows, so the line may go on.
  void add_line(std::string_view line, std::size_t number, bool is_open) {
    if (is_blank(line)) return;
    const std::string place = text_of(log_.file.string(), ": line ", number, ": ");
    dom::object object;
    const auto error = parser_.parse(without_non_finite(line)).get(object);
    if (error && is_open && line.front() == '{') return;
    if (error)
      throw Error(text_of(place,
                          "is not one JSON object, as a log has for each epoch; was the run "
                          "killed while it wrote this line? Then remove the line"));
    add(logged_epoch(object, place));
  }

  RunLog take() && { return std::move(log_); }

 private:
  void add(LoggedEpoch logged) {
    while (!log_.epochs.empty() && log_.epochs.back().epoch >= logged.epoch) {
      log_.epochs.pop_back();
      ++log_.superseded;
    }
    log_.epochs.push_back(std::move(logged));
  }

  dom::parser parser_;
  RunLog log_;
};

}  // namespace

fs::path run_log_file(const fs::path& run) {
  std::error_code ignored;
  return fs::is_directory(run, ignored) ? run / "log.txt" : run;
}

RunLog read_run_log(const fs::path& run) {
  const fs::path file = run_log_file(run);
  std::error_code ignored;
  if (!fs::exists(file, ignored))
    throw LogNotReady(
        text_of(file.string(), ": no such file; give the folder of a run or its log.txt"));
  const std::string text = read_file(file, kMaxLogBytes);
  LogReader reader(file);
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    reader.add_line(std::string_view(text).substr(begin, end - begin), ++number,
                    end == text.size());
    begin = end + 1;
  }
  RunLog log = std::move(reader).take();
  if (log.epochs.empty())
    throw LogNotReady(text_of(file.string(), ": no epoch has been logged yet"));
  return log;
}

}  // namespace saccade
