// What a YOLO data set says of itself: data.yaml as Ultralytics has it, or a folder with classes.txt.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace saccade {

struct YoloConfig {
  std::filesystem::path file;  // data.yaml or classes.txt
  std::vector<std::string> names;
  // Name and the folders of images, or text files that list them, in the order train, val, test;
  // then splits of other names, such as `tiny: images/tiny`.
  std::vector<std::pair<std::string, std::vector<std::filesystem::path>>> splits;
};

// Reads data.yaml: `names` as a list or a map from 0, `nc` where there is one, `path` (absolute, or
// relative to the file), `train`, `val`, `test`: a path or several, relative to `path`. A leading `../`
// that leads nowhere is dropped, as Ultralytics does for what Roboflow exports.
// Throws Error: no such file, no YAML, names with gaps, no split, a folder that is missing, keypoints.
YoloConfig read_yolo_config(const std::filesystem::path& yaml);

// A folder with classes.txt (a name per line) and the images in it or in `images/`: one split.
YoloConfig plain_yolo_config(const std::filesystem::path& folder, const std::string& split);

}  // namespace saccade
