// Reads YOLO data sets.
#include "saccade/data/yolo_reader.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/data/image_files.h"
#include "saccade/data/yolo_labels.h"
#include "saccade/image/image_probe.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

struct FoundImage {
  std::string file_name;
  fs::path file;
};

// The part of a path after its last folder `images`; the file's name where it has none.
std::string name_below_images(const fs::path& path) {
  const std::vector<fs::path> parts(path.begin(), path.end());
  const auto last = std::find(parts.rbegin(), parts.rend(), fs::path("images"));
  if (last == parts.rend()) return path.filename().string();
  fs::path name;
  for (auto part = last.base(); part != parts.end(); ++part) name /= *part;
  return name.generic_string();
}

// A text file with the path of an image per line.
std::vector<FoundImage> images_of_list(const fs::path& list) {
  std::vector<FoundImage> images;
  std::istringstream lines(read_file(list));
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty()) continue;
    const fs::path file = (list.parent_path() / line).lexically_normal();
    if (!fs::is_regular_file(file)) {
      throw Error(text_of(list.string(), ":", number, ": no image ", file.string(),
                          "; paths are relative to the list"));
    }
    images.push_back({name_below_images(file), file});
  }
  if (images.empty()) throw Error(text_of(list.string(), ": lists no images"));
  return images;
}

std::vector<FoundImage> images_of_folder(const fs::path& folder, const std::string& prefix) {
  std::vector<FoundImage> images;
  for (const fs::path& file : images_below(folder)) {
    images.push_back({(prefix / file.lexically_relative(folder)).generic_string(), file});
  }
  return images;
}

std::vector<FoundImage> images_of(const std::vector<fs::path>& sources) {
  std::vector<FoundImage> images;
  for (const fs::path& source : sources) {
    // Folders side by side keep their names, so that their files do not collide.
    const bool several = sources.size() > 1;
    const fs::path folder = source.lexically_normal() / "";
    const std::string prefix = several ? folder.parent_path().filename().string() : "";
    auto more =
        fs::is_directory(source) ? images_of_folder(source, prefix) : images_of_list(source);
    std::move(more.begin(), more.end(), std::back_inserter(images));
  }
  std::set<std::string> names;
  for (const FoundImage& image : images) {
    if (!names.insert(checked_utf8(image.file_name, image.file.string())).second) {
      throw Error(text_of(image.file.string(), ": another image of the split is called ",
                          image.file_name, " too; rename one"));
    }
  }
  return images;
}

LabelledImage read_labelled(const FoundImage& found, LabelledSet& set) {
  const ImageProbe size = probe_image_file(found.file);
  set.turned += size.orientation != 1;
  LabelledImage image{found.file_name, found.file, size.width, size.height};
  const fs::path labels = yolo_label_path(found.file);
  if (!fs::exists(labels)) {
    ++set.without_labels;
    return image;
  }
  image.boxes =
      parse_yolo_labels(read_file(labels), labels.string(), static_cast<int>(set.categories.size()),
                        size.width, size.height, set.clipped);
  return image;
}

// Nobody converts a set without labels; the folders must be laid out otherwise.
void expect_some_labels(const LabelledSet& set) {
  std::int64_t images = 0;
  for (const LabelledSplit& split : set.splits) images += std::ssize(split.images);
  if (set.without_labels < images) return;
  const fs::path& image = set.splits.front().images.front().file;
  throw Error(text_of(image.string(), ": none of ", images, " images has a label file; expected ",
                      yolo_label_path(image).string()));
}

}  // namespace

LabelledSet read_yolo(const YoloConfig& config, const std::string& wanted) {
  LabelledSet set{config.names};
  for (const auto& [name, sources] : config.splits) {
    if (!wanted.empty() && name != wanted) continue;
    LabelledSplit split{name};
    for (const FoundImage& found : images_of(sources))
      split.images.push_back(read_labelled(found, set));
    set.splits.push_back(std::move(split));
  }
  if (set.splits.empty())
    throw Error(text_of(config.file.string(), ": has no split '", wanted, "'"));
  expect_some_labels(set);
  return set;
}

}  // namespace saccade
