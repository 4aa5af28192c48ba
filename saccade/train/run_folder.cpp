// The folder of a run.
#include "saccade/train/run_folder.h"

#include <simdjson.h>

#include <cstdio>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/eval/eval_arrays.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

std::string numbered(const char* format, std::int64_t epoch) {
  char text[32];
  std::snprintf(text, sizeof(text), format, static_cast<long long>(epoch));
  return text;
}

// The same file under a second name; a copy where the disk knows no links. Renamed into place: a reader
// meets the old or the new one.
void give_second_name(const fs::path& from, const fs::path& to) {
  write_file_with(to, [&](const fs::path& temporary) {
    std::error_code failed;
    fs::remove(temporary);  // made empty for us; a link wants a name that is free, and follows none
    fs::create_hard_link(from, temporary, failed);
    if (failed) fs::copy_file(from, temporary, fs::copy_options::overwrite_existing);
  });
}

// The epoch of a line of log.txt; -1 where it has none.
std::int64_t epoch_of(simdjson::dom::parser& parser, std::string_view line) {
  std::int64_t epoch = -1;
  const simdjson::padded_string padded(line);
  simdjson::dom::element element;
  if (parser.parse(padded).get(element) != simdjson::SUCCESS ||
      element["epoch"].get(epoch) != simdjson::SUCCESS)
    return -1;
  return epoch;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

void RunFolder::prepare() const {
  if (!exists()) return;
  write_file(folder_ / ".writable", "");
  std::error_code ignored;
  fs::remove(folder_ / ".writable", ignored);
  // What a run that was killed had begun to write; checkpoints are large.
  std::vector<fs::path> stale;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".") && name.find(".tmp.") != std::string::npos)
      stale.push_back(entry.path());
  }
  for (const fs::path& path : stale) fs::remove(path, ignored);
}

void RunFolder::write_config(const std::string& json) const {
  if (exists()) write_file(folder_ / "config.json", json + "\n");
}

void RunFolder::save_checkpoint(const CheckpointSource& source, bool keep) const {
  if (!exists()) return;
  write_training_checkpoint(checkpoint(), source);
  if (keep)
    give_second_name(checkpoint(), folder_ / numbered("checkpoint%04lld.pth", source.at.epoch));
}

void RunFolder::append_log(std::int64_t epoch, const std::string& json) const {
  if (!exists()) return;
  const fs::path path = folder_ / "log.txt";
  const std::string old = fs::exists(path) ? read_file(path) : "";
  simdjson::dom::parser parser;
  std::string text;
  for (const std::string_view line : lines_of(old)) {
    if (epoch_of(parser, line) < epoch) text.append(line).append("\n");
  }
  write_file(path, text + json + "\n");
}

bool RunFolder::has_log(std::int64_t epoch) const {
  const fs::path path = folder_ / "log.txt";
  if (!exists() || !fs::exists(path)) return false;
  const std::string text = read_file(path);
  simdjson::dom::parser parser;
  for (const std::string_view line : lines_of(text)) {
    if (epoch_of(parser, line) == epoch) return true;
  }
  return false;
}

void RunFolder::write_evaluation(std::int64_t epoch, const std::string& json,
                                 const CocoDataSet& data, const CocoEvaluation& evaluation,
                                 const std::map<std::string, std::string>& provenance,
                                 bool keep) const {
  if (!exists()) return;
  const fs::path latest = folder_ / "eval" / "latest";
  write_file(latest.string() + ".json", json + "\n");
  write_eval_arrays(latest.string() + ".safetensors", data, evaluation, provenance);
  if (!keep) return;
  const std::string number = numbered("%03lld", epoch);
  for (const char* suffix : {".json", ".safetensors"})
    give_second_name(latest.string() + suffix, folder_ / "eval" / (number + suffix));
}

}  // namespace saccade
