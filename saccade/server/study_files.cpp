// Sweeps and training runs beside the images.
#include "saccade/server/study_files.h"

#include <simdjson.h>

#include <chrono>
#include <fstream>
#include <optional>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/core/json_writer.h"
#include "saccade/core/one_line.h"
#include "saccade/core/parse_number.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSweepBytes = std::size_t{256} << 20;
constexpr std::uint64_t kMaxLogPart = std::uint64_t{4} << 20;
constexpr int kMaxRuns = 1000;

double age_of(const fs::path& file) {
  std::error_code error;
  const auto written = fs::last_write_time(file, error);
  if (error) return 0;
  return std::chrono::duration<double>(fs::file_time_type::clock::now() - written).count();
}

std::string folder_name(const fs::path& folder) {
  const fs::path whole = fs::absolute(folder).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

// The last whole line; empty where there is none.
std::string last_line(const fs::path& file) {
  constexpr std::streamoff kLongest = 64 * 1024;
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return "";
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - kLongest));
  std::string text(std::istreambuf_iterator<char>(in), {});
  text.resize(text.rfind('\n') + 1);  // none: npos + 1 is 0
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

// Of the log's last line: that of checkpoint.pth, which is written before it.
std::optional<std::int64_t> last_epoch(const fs::path& log) {
  simdjson::dom::parser parser;
  std::int64_t epoch = 0;
  if (parser.parse(last_line(log))["epoch"].get(epoch) != simdjson::SUCCESS) return std::nullopt;
  return epoch;
}

// checkpoint0004.pth -> 4.
std::optional<std::int64_t> epoch_in(const std::string& file_name) {
  const std::string_view name = file_name, begin = "checkpoint", end = ".pth";
  if (!name.starts_with(begin) || !name.ends_with(end)) return std::nullopt;
  const auto epoch = parse_number<std::int64_t>(
      name.substr(begin.size(), name.size() - begin.size() - end.size()));
  return epoch && *epoch >= 0 ? epoch : std::nullopt;
}

}  // namespace

StudyFiles::StudyFiles(const std::vector<std::string>& sweeps, const std::string& runs)
    : runs_(runs) {
  for (const std::string& folder : sweeps) {
    const fs::path file = fs::path(folder) / "sweep.json";
    if (!fs::is_regular_file(file))
      throw UsageError("--sweep: " + folder +
                       ": has no sweep.json, as saccade sweep --out writes it");
    if (!sweeps_.emplace(folder_name(folder), file).second)
      throw UsageError("--sweep: two folders are called " + folder_name(folder));
  }
  if (!runs.empty() && !fs::is_directory(runs))
    throw UsageError("--runs: " + runs + ": is no folder");
}

std::vector<std::string> StudyFiles::sweep_names() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : sweeps_) names.push_back(name);
  return names;
}

// The folder itself may be a run, too.
std::map<std::string, fs::path> StudyFiles::logs() const {
  std::map<std::string, fs::path> logs;
  if (runs_.empty()) return logs;
  const auto add = [&](const fs::path& folder) {
    std::error_code error;
    if (fs::is_regular_file(folder / "log.txt", error))
      logs.emplace(folder_name(folder), folder / "log.txt");
  };
  add(runs_);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(runs_, error)) {
    if (std::ssize(logs) == kMaxRuns) break;
    if (entry.is_directory(error)) add(entry.path());
  }
  return logs;
}

HttpReply StudyFiles::runs() const {
  JsonWriter json;
  json.begin_object().key("runs").begin_array();
  for (const auto& [name, file] : logs()) {
    std::error_code error;
    const auto bytes = fs::file_size(file, error);
    json.begin_object().member("name", name);
    json.member("bytes", error ? 0 : static_cast<std::int64_t>(bytes));
    json.member("age_s", std::max(0.0, age_of(file))).end_object();
  }
  return json_reply(json.end_array().end_object().text());
}

HttpReply StudyFiles::sweep(const std::string& name) const {
  const auto found = sweeps_.find(name);
  if (found == sweeps_.end()) return refusal(404, "there is no sweep '" + one_line(name) + "'");
  return json_reply(read_file(found->second, kMaxSweepBytes));
}

HttpReply StudyFiles::log(const std::string& name, std::uint64_t from) const {
  const auto all = logs();
  const auto found = all.find(name);
  if (found == all.end()) return refusal(404, "there is no run '" + one_line(name) + "'");
  std::ifstream in(found->second, std::ios::binary | std::ios::ate);
  if (!in) return refusal(404, "the log of this run cannot be read");
  const auto size = static_cast<std::uint64_t>(in.tellg());
  if (from > size) from = 0;  // it was begun anew
  std::string text(static_cast<std::size_t>(std::min(size - from, kMaxLogPart)), '\0');
  in.seekg(static_cast<std::streamoff>(from));
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  const std::size_t end = text.rfind('\n');
  text.resize(end == std::string::npos ? 0 : end + 1);
  const std::uint64_t next = from + text.size();
  HttpReply reply = text_reply(200, "text/plain; charset=utf-8", std::move(text));
  reply.headers = {{"X-Next", std::to_string(next)}};
  return reply;
}

std::map<std::int64_t, fs::path> StudyFiles::checkpoints_of(const std::string& name) const {
  const auto all = logs();
  const auto found = all.find(name);
  if (found == all.end()) throw UsageError("there is no run '" + one_line(name) + "'");
  const fs::path folder = found->second.parent_path();
  std::map<std::int64_t, fs::path> files;
  std::error_code error;
  if (const auto epoch = last_epoch(found->second);
      epoch && fs::is_regular_file(folder / "checkpoint.pth", error))
    files.emplace(*epoch, folder / "checkpoint.pth");
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (const auto epoch = epoch_in(entry.path().filename().string());
        epoch && entry.is_regular_file(error))
      files.insert_or_assign(*epoch, entry.path());
  return files;
}

HttpReply StudyFiles::checkpoints(const std::string& name) const {
  if (!logs().contains(name)) return refusal(404, "there is no run '" + one_line(name) + "'");
  JsonWriter json;
  json.begin_object().key("epochs").begin_array();
  for (const auto& [epoch, file] : checkpoints_of(name)) json.value(epoch);
  return json_reply(json.end_array().end_object().text());
}

fs::path StudyFiles::checkpoint(const std::string& name, std::int64_t epoch) const {
  const auto files = checkpoints_of(name);
  const auto found = files.find(epoch);
  if (found == files.end())
    throw UsageError(text_of("the run '", one_line(name), "' has no weights of epoch ", epoch));
  return found->second;
}

}  // namespace saccade
