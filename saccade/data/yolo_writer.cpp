// Writes YOLO data sets.
#include "saccade/data/yolo_writer.h"

#include <yaml-cpp/yaml.h>

#include <map>
#include <set>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/data/yolo_labels.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

std::string key_of(const std::string& split) {
  for (const char* key : {"train", "val", "test"})
    if (split.starts_with(key)) return key;
  return split;
}

}  // namespace

std::string yolo_config_text(const LabelledSet& set, const std::string& comment) {
  std::map<std::string, std::string> folders = {{"train", ""}, {"val", ""}};
  for (const LabelledSplit& split : set.splits) {
    std::string& folder = folders[key_of(split.name)];
    if (!folder.empty()) {
      throw Error(text_of("splits ", folder.substr(7), " and ", split.name, " are both ",
                          key_of(split.name), " in a data.yaml; choose one with --split"));
    }
    folder = "images/" + split.name;
  }
  YAML::Emitter yaml;
  yaml << YAML::Comment(comment) << YAML::BeginMap;
  for (const auto& [key, folder] : folders) {
    yaml << YAML::Key << key << YAML::Value;
    if (folder.empty()) {
      yaml << YAML::Null << YAML::Comment("not converted");
    } else {
      yaml << folder;
    }
  }
  yaml << YAML::Key << "nc" << YAML::Value << set.categories.size();
  yaml << YAML::Key << "names" << YAML::Value << YAML::BeginMap;
  for (std::size_t i = 0; i < set.categories.size(); ++i)
    yaml << YAML::Key << i << YAML::Value << YAML::DoubleQuoted << set.categories[i];
  yaml << YAML::EndMap << YAML::EndMap;
  return std::string(yaml.c_str()) + "\n";
}

void write_yolo(const LabelledSet& set, const fs::path& out, const std::string& comment) {
  const std::string config = yolo_config_text(set, comment);
  for (const LabelledSplit& split : set.splits) {
    std::set<fs::path> written;
    for (const LabelledImage& image : split.images) {
      const fs::path labels = yolo_label_path(out / "images" / split.name / image.file_name);
      if (!written.insert(labels).second) {
        throw Error(text_of(image.name(),
                            ": another image of the split would share its label file ",
                            labels.filename().string(), "; rename one"));
      }
    }
    for (const LabelledImage& image : split.images) {
      write_file(yolo_label_path(out / "images" / split.name / image.file_name),
                 yolo_labels_text(image));
    }
  }
  write_file(out / "data.yaml", config);
}

}  // namespace saccade
