// What the keys of `saccade plot` are in the logs of training.
#include "saccade/cli/plot_keys.h"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "saccade/core/error.h"
#include "saccade/core/nearest_word.h"
#include "saccade/eval/coco_summary.h"

namespace saccade {
namespace {

constexpr std::array kDefaultKeys = {"loss", "loss_ce", "loss_bbox", "loss_giou", "AP", "AP50"};
// What every training logs, some of it not in each epoch.
constexpr std::array kUsualKeys = {"loss",        "loss_ce", "loss_bbox", "loss_giou",
                                   "class_error", "lr",      "grad_norm"};
constexpr std::array<const char*, kNumCocoStats> kCocoNotes = {
    "IoU 0.50:0.95",  "IoU 0.50",      "IoU 0.75",       "small objects",
    "medium objects", "large objects", "1 detection",    "10 detections",
    "100 detections", "small objects", "medium objects", "large objects"};
constexpr char kBoxes[] = "test_coco_eval_bbox", kMasks[] = "test_coco_eval_masks";

// One of COCO's twelve numbers as a key names it.
struct CocoKey {
  std::string list;  // key of the log
  std::size_t index = 0;
  std::string logged() const { return text_of(list, "[", index, "]"); }
};

// False where `key` is none of them.
bool is_coco_key(const std::string& key, CocoKey& coco) {
  const bool is_mask = key.starts_with("mask_");
  const std::string stat = is_mask ? key.substr(5) : key;
  const auto at = std::find(kCocoStatNames.begin(), kCocoStatNames.end(), stat);
  if (at == kCocoStatNames.end()) return false;
  coco = {is_mask ? kMasks : kBoxes, static_cast<std::size_t>(at - kCocoStatNames.begin())};
  return true;
}

bool has_logged(const std::vector<RunLog>& logs, const std::string& name) {
  for (const RunLog& log : logs)
    for (const LoggedEpoch& epoch : log.epochs)
      if (epoch.values.contains(name)) return true;
  return false;
}

// Keys of the log that belong to `key`: those of training first.
std::vector<std::string> logged_names(const std::string& key, const std::vector<RunLog>& logs) {
  CocoKey coco;
  if (is_coco_key(key, coco)) return {coco.logged()};
  if (has_logged(logs, "train_" + key) || has_logged(logs, "test_" + key))
    return {"train_" + key, "test_" + key};
  return {key};
}

bool is_logged(const std::string& key, const std::vector<RunLog>& logs) {
  const auto names = logged_names(key, logs);
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return has_logged(logs, name); });
}

// The key that shows what the log calls `name`; empty for elements of other lists.
std::string key_of(const std::string& name) {
  for (const auto& [list, prefix] : {std::pair{kBoxes, ""}, std::pair{kMasks, "mask_"}})
    for (std::size_t i = 0; i < kCocoStatNames.size(); ++i)
      if (name == CocoKey{list, i}.logged()) return text_of(prefix, kCocoStatNames[i]);
  if (name.ends_with("]")) return "";
  for (const std::string prefix : {"train_", "test_"})
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  return name;
}

std::vector<std::string> keys_of(const std::vector<RunLog>& logs) {
  std::set<std::string> keys;
  for (const RunLog& log : logs)
    for (const LoggedEpoch& epoch : log.epochs)
      for (const auto& [name, value] : epoch.values) keys.insert(key_of(name));
  keys.erase("");
  return {keys.begin(), keys.end()};
}

// Losses of the inner layers and unscaled values are many and like the others.
bool is_variant(const std::string& key) {
  const std::size_t last = key.find_last_of('_');
  if (last == std::string::npos) return false;
  const std::string end = key.substr(last + 1);
  return end == "unscaled" || end == "enc" ||
         (!end.empty() && end.find_first_not_of("0123456789") == std::string::npos);
}

[[noreturn]] void refuse_key(const std::string& key, const std::vector<RunLog>& logs) {
  const std::vector<std::string> known = keys_of(logs);
  std::string shown, variant;
  for (const std::string& name : known) {
    if (!is_variant(name)) shown += (shown.empty() ? "" : ", ") + name;
    if (is_variant(name) && variant.empty()) variant = ", and such as " + name;
  }
  const std::string nearest = nearest_word(key, known);
  throw UsageError(
      text_of("--keys ", key, ": not in ", logs[0].file.string(),
              logs.size() > 1 ? " or another of the logs" : "",
              nearest.empty() ? "; there are " : "; did you mean " + nearest + "? There are ",
              shown, variant));
}

std::vector<CurvePoint> points_of(const RunLog& log, const std::string& name, bool is_coco) {
  std::vector<CurvePoint> points;
  for (const LoggedEpoch& epoch : log.epochs) {
    const auto at = epoch.values.find(name);
    if (at == epoch.values.end() || (is_coco && at->second < 0)) continue;
    points.push_back({static_cast<double>(epoch.epoch), at->second});
  }
  return points;
}

}  // namespace

std::vector<std::string> default_plot_keys(const std::vector<RunLog>& logs) {
  std::vector<std::string> keys;
  for (const char* key : kDefaultKeys)
    if (is_logged(key, logs)) keys.emplace_back(key);
  if (keys.empty())
    throw Error(text_of(logs[0].file.string(),
                        ": no loss and no AP in this log; choose what to draw with --keys"));
  return keys;
}

std::vector<std::string> parse_plot_keys(const std::string& text, const std::vector<RunLog>& logs) {
  std::vector<std::string> keys;
  std::stringstream parts(text);
  for (std::string key; std::getline(parts, key, ',');) {
    CocoKey coco;
    const bool is_usual = std::find(kUsualKeys.begin(), kUsualKeys.end(), key) != kUsualKeys.end();
    if (!is_usual && !is_coco_key(key, coco) && !is_logged(key, logs)) refuse_key(key, logs);
    keys.push_back(key);
  }
  if (keys.empty()) throw UsageError("--keys is empty, expected a list such as loss,AP");
  return keys;
}

CurvePanel panel_of_key(const std::string& key, const std::vector<RunLog>& logs) {
  CocoKey coco;
  const bool is_coco = is_coco_key(key, coco);
  CurvePanel panel{key, is_coco ? kCocoNotes[coco.index] : "", is_coco, {}};
  for (std::size_t run = 0; run < logs.size(); ++run)
    for (const std::string& name : logged_names(key, logs)) {
      Curve curve{run, name.starts_with("test_"), points_of(logs[run], name, is_coco)};
      if (!curve.points.empty()) panel.curves.push_back(std::move(curve));
    }
  return panel;
}

}  // namespace saccade
