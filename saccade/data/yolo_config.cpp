// data.yaml and classes.txt.
#include "saccade/data/yolo_config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/data/labelled_set.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxConfigBytes = 4 << 20;
constexpr std::size_t kMaxClasses = 100'000;

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  throw Error(text_of(file.string(), ": ", what));
}

std::string scalar(const fs::path& file, const YAML::Node& node, const std::string& what) {
  if (!node.IsScalar()) {
    fail(file, text_of("line ", node.Mark().line + 1, ": ", what, " is no text"));
  }
  return checked_utf8(node.Scalar(), text_of(file.string(), ": ", what));
}

std::size_t class_index(const fs::path& file, const YAML::Node& key, std::size_t count) {
  const std::string text = scalar(file, key, "a key of `names`");
  const bool digits =
      !text.empty() && text.size() < 7 &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  const std::size_t index = digits ? std::stoul(text) : count;
  if (index >= count) {
    fail(file, text_of("names: class ", text.substr(0, 40), ", expected each of 0 to ", count - 1,
                       " once"));
  }
  return index;
}

std::vector<std::string> class_names(const fs::path& file, const YAML::Node& names) {
  if (!names || !(names.IsSequence() || names.IsMap()) || names.size() == 0)
    fail(file, "`names` is missing; expected a list of class names or a map such as {0: car}");
  if (names.size() > kMaxClasses) fail(file, text_of(names.size(), " classes are too many"));
  std::vector<std::string> found(names.size());
  if (names.IsSequence()) {
    for (std::size_t i = 0; i < found.size(); ++i)
      found[i] = scalar(file, names[i], text_of("the name of class ", i));
  } else {
    for (const auto& entry : names) {
      std::string& name = found[class_index(file, entry.first, found.size())];
      if (!name.empty())
        fail(file, text_of("names: class ", entry.first.Scalar(), " occurs twice"));
      name = scalar(file, entry.second, text_of("the name of class ", entry.first.Scalar()));
    }
  }
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i].empty()) fail(file, text_of("names: class ", i, " has no name"));
  return found;
}

// The folder that the splits are relative to.
fs::path root_of(const fs::path& file, const YAML::Node& path) {
  const fs::path beside = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (!path || path.IsNull()) return beside;
  const fs::path root = beside / scalar(file, path, "`path`");  // an absolute one replaces `beside`
  // `path` is often that of another machine, or relative to a folder of all data sets.
  return fs::is_directory(root) ? root : beside;
}

fs::path existing(const fs::path& file, const fs::path& root, const std::string& split,
                  const std::string& name) {
  const fs::path path = root / name;
  if (fs::exists(path)) return path;
  if (name.starts_with("../") && fs::exists(root / name.substr(3))) return root / name.substr(3);
  fail(file,
       text_of(split, ": ", path.string(), " does not exist; correct `path` or `", split, "`"));
}

// Splits of other names, as `data convert` writes them for instances_tiny.json: keys that lead to a
// folder of images.
void read_other_splits(const YAML::Node& yaml, const fs::path& root, YoloConfig& config) {
  for (const auto& entry : yaml) {
    if (!entry.first.IsScalar() || !entry.second.IsScalar()) continue;
    const std::string split = entry.first.Scalar();
    if (split == "path" || split == "train" || split == "val" || split == "test") continue;
    if (!entry.second.Scalar().starts_with("images/")) continue;
    const fs::path folder = root / scalar(config.file, entry.second, split);
    std::error_code ignored;
    if (fs::is_directory(folder, ignored))
      config.splits.emplace_back(checked_utf8(split, config.file.string()), std::vector{folder});
  }
}

void read_splits(const YAML::Node& yaml, YoloConfig& config) {
  const fs::path root = root_of(config.file, yaml["path"]);
  for (const char* split : {"train", "val", "test"}) {
    const YAML::Node node = yaml[split];
    if (!node || node.IsNull()) continue;
    std::vector<fs::path> sources;
    if (node.IsSequence()) {
      for (const auto& item : node)
        sources.push_back(existing(config.file, root, split, scalar(config.file, item, split)));
    } else {
      sources.push_back(existing(config.file, root, split, scalar(config.file, node, split)));
    }
    config.splits.emplace_back(split, std::move(sources));
  }
  read_other_splits(yaml, root, config);
  if (config.splits.empty()) fail(config.file, "names no `train`, `val` or `test`");
}

}  // namespace

YoloConfig read_yolo_config(const fs::path& path) {
  YoloConfig config{path};
  const std::string text = read_file(path, kMaxConfigBytes);
  try {
    const YAML::Node yaml = YAML::Load(text);
    if (!yaml.IsMap()) fail(path, "is no data.yaml: expected keys such as names, train and val");
    if (yaml["kpt_shape"])
      fail(path, "describes keypoints (kpt_shape); boxes and outlines are read");
    config.names = class_names(path, yaml["names"]);
    const YAML::Node nc = yaml["nc"];
    if (nc && scalar(path, nc, "`nc`") != std::to_string(config.names.size())) {
      fail(path,
           text_of("nc is ", nc.Scalar().substr(0, 40), ", `names` has ", config.names.size()));
    }
    read_splits(yaml, config);
  } catch (const YAML::Exception& error) {
    fail(path,
         text_of("line ", error.mark.line + 1, ": no valid YAML: ", error.msg.substr(0, 200)));
  }
  return config;
}

YoloConfig plain_yolo_config(const fs::path& folder, const std::string& split) {
  YoloConfig config{folder / "classes.txt"};
  std::istringstream lines(read_file(config.file, kMaxConfigBytes));
  checked_utf8(lines.str(), config.file.string());
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    config.names.push_back(line);
  }
  while (!config.names.empty() && config.names.back().empty()) config.names.pop_back();
  if (config.names.empty()) fail(config.file, "is empty, expected a class name per line");
  for (std::size_t i = 0; i < config.names.size(); ++i)
    if (config.names[i].empty()) fail(config.file, text_of("line ", i + 1, " is empty"));
  const fs::path images = folder / "images";
  config.splits.emplace_back(split, std::vector{fs::is_directory(images) ? images : folder});
  return config;
}

}  // namespace saccade
