// data.yaml: the names that are read are written and read again to the same.
#include "saccade/core/file_io.h"
#include "saccade/data/yolo_config.h"
#include "saccade/data/yolo_writer.h"
#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {
namespace {

// A data set's folder, with the images that data.yaml may speak of.
class Folder {
 public:
  Folder() {
    for (const char* split : {"train", "val", "tiny"})
      std::filesystem::create_directories(folder_.path() / "images" / split);
  }
  YoloConfig read(std::string_view yaml) const {
    write_file(folder_.path() / "data.yaml", yaml);
    return read_yolo_config(folder_.path() / "data.yaml");
  }

 private:
  InputFolder folder_;
};

}  // namespace

void check_input(std::string_view input) {
  static const Folder folder;
  const YoloConfig config = folder.read(input);
  require(!config.names.empty() && !config.splits.empty(), "a data set has classes and splits");
  LabelledSet set{.categories = config.names};
  set.splits.push_back({.name = "train"});
  const std::string text = yolo_config_text(set, "fuzz");
  require(folder.read(text).names == config.names, "written names read back to the same");
}

}  // namespace saccade::fuzz
