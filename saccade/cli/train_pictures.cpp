// Pictures of what a model in training finds.
#include "saccade/cli/train_pictures.h"

#include <unistd.h>

#include <algorithm>

#include "saccade/cli/figure_provenance.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/data/class_index.h"
#include "saccade/image/decode.h"
#include "saccade/render/detection_figure.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr double kThreshold = 0.3;

// The figure's file, read and gone again.
std::string png_of(const DetectionFigure& figure) {
  const fs::path file = fs::temp_directory_path() / text_of("saccade-", ::getpid(), ".png");
  draw_detection_figure(figure, DetectionLayout::kNative, file, figure_record(""));
  std::string bytes = read_file(file);
  std::error_code ignored;
  fs::remove(file, ignored);
  return bytes;
}

}  // namespace

RunPicture draw_train_picture(const ValidationSet& set, const ClassMap& classes, int image,
                              const CocoResults& results) {
  const CocoImage& record = set.data->images()[static_cast<std::size_t>(image)];
  const Image pixels = read_image(set.images / record.file_name, /*apply_exif=*/false);
  const std::vector<std::int64_t> labels = class_of_category(*set.data);
  DetectionFigure figure{.photo = {.image = &pixels,
                                   .file = record.file_name,
                                   .input_width = pixels.width,
                                   .input_height = pixels.height},
                         .threshold = kThreshold};
  for (const CocoDetection& d : results.detections) {
    if (d.image != image || d.score <= kThreshold) continue;
    const auto label = static_cast<int>(labels[static_cast<std::size_t>(d.category)]);
    figure.detections.push_back(
        {{.label = label, .score = d.score, .box = corners(d.box)}, classes.name(label)});
  }
  for (const CocoAnnotation& a : set.data->annotations_of(image))
    figure.truth.push_back({corners(a.box), labels[static_cast<std::size_t>(a.category)]});
  return {.name = record.file_name,
          .png = png_of(figure),
          .width = pixels.width,
          .height = pixels.height};
}

}  // namespace saccade
