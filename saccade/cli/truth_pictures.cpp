// Images of a data set and their annotations as figures take them.
#include "saccade/cli/truth_pictures.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/core/parallel.h"
#include "saccade/data/class_index.h"
#include "saccade/image/decode.h"
#include "saccade/image/resize.h"

namespace saccade {
namespace {

constexpr int kMaxRegions = 200;  // outlines kept per image: each takes a byte a pixel

TruthObject object_of(const CocoAnnotation& annotation) {
  return {corners(annotation.box), static_cast<std::size_t>(annotation.category), annotation.area,
          annotation.is_crowd, nullptr};
}

// Also keeps a file that lies from asking for more memory than its images.
void check_size_of(const Segmentation& outline, const TruthPicture& picture) {
  const bool has_runs = !outline.counts.empty() || !outline.compressed_counts.empty();
  if (has_runs && (outline.width != picture.width || outline.height != picture.height))
    throw Error(text_of("segmentation is of an image of ", outline.width, " x ", outline.height,
                        " px, the image has ", picture.width, " x ", picture.height));
}

// Null where there is no outline. Throws Error that names file and annotation.
std::shared_ptr<const RegionMask> region_of(const CocoDataSet& data,
                                            const CocoAnnotation& annotation,
                                            const TruthPicture& picture) {
  const Segmentation outline = data.segmentation(annotation);
  if (outline.empty()) return nullptr;
  try {
    check_size_of(outline, picture);
    return std::make_shared<const RegionMask>(region_mask(outline, picture.width, picture.height));
  } catch (const Error& error) {
    throw Error(
        text_of(data.path().string(), ": annotation ", id_text(annotation.id), ": ", error.what()));
  }
}

void read_regions(const CocoDataSet& data, int image, LoadedPicture& loaded) {
  TruthPicture& picture = loaded.picture;
  const auto annotations = data.annotations_of(image);
  int regions = 0;
  for (std::size_t i = 0; i < annotations.size(); ++i) {
    if (!annotations[i].is_crowd || annotations[i].segmentation.empty()) continue;
    if (++regions > kMaxRegions) {
      loaded.problems.push_back(text_of(picture.file, ": has more than ", kMaxRegions,
                                        " crowd regions; the others are hatched as boxes"));
      return;
    }
    try {
      picture.objects[i].region = region_of(data, annotations[i], picture);
    } catch (const Error& error) {
      loaded.problems.push_back(error.what());
    }
  }
}

LoadedPicture load_picture(const CocoDataSet& data, const std::filesystem::path& folder, int image,
                           int max_side) {
  LoadedPicture loaded{described_picture(data, image), {}};
  TruthPicture& picture = loaded.picture;
  try {
    if (picture.file.empty())
      throw Error(text_of(data.path().filename().string(), ": image ",
                          id_text(data.images()[static_cast<std::size_t>(image)].id),
                          " has no file_name that leads into the folder"));
    Image pixels = read_image(folder / picture.file, false);
    picture.width = pixels.width, picture.height = pixels.height;
    picture.pixels = shrunk(std::move(pixels), max_side);
    read_regions(data, image, loaded);
  } catch (const Error& error) {
    loaded.problems.push_back(error.what());
    // Under the panel stands the file's name; what is wrong with it comes after the path.
    const std::string text = error.what(), path = (folder / picture.file).string();
    picture.problem = text.rfind(path + ": ", 0) == 0 ? text.substr(path.size() + 2) : text;
  }
  return loaded;
}

}  // namespace

std::vector<LoadedPicture> load_pictures(const CocoDataSet& data,
                                         const std::filesystem::path& folder,
                                         const std::vector<int>& images, int max_side) {
  std::vector<LoadedPicture> loaded(images.size());
  parallel_for(static_cast<std::int64_t>(images.size()), 0, [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    loaded[at] = load_picture(data, folder, images[at], max_side);
  });
  return loaded;
}

TruthPicture described_picture(const CocoDataSet& data, int image) {
  const CocoImage& described = data.images()[static_cast<std::size_t>(image)];
  TruthPicture picture;
  picture.file = described.file_name;
  picture.width = described.width, picture.height = described.height;
  for (const CocoAnnotation& annotation : data.annotations_of(image))
    picture.objects.push_back(object_of(annotation));
  return picture;
}

std::vector<ClassStyle> class_styles_of(const CocoDataSet& data) {
  const std::vector<std::int64_t> labels = class_of_category(data);
  std::vector<ClassStyle> classes;
  for (const CocoCategory& category : data.categories()) {
    ClassStyle style;
    style.name = category.name;
    style.color_index = labels[classes.size()];
    classes.push_back(style);
  }
  return classes;
}

void count_objects(std::vector<ClassStyle>& classes, const std::vector<TruthObject>& objects) {
  for (const TruthObject& o : objects)
    ++(o.is_crowd ? classes[o.label].crowd : classes[o.label].boxes);
}

Image shrunk(Image image, int max_side) {
  const int side = std::max(image.width, image.height);
  if (max_side <= 0 || side <= max_side) return image;
  const double scale = double(max_side) / side;
  const auto scaled = [&](int v) { return std::max(1, static_cast<int>(std::lround(v * scale))); };
  return resize_bilinear(image, {scaled(image.width), scaled(image.height)});
}

}  // namespace saccade
