// Files of detections: what is read is written and read again to the same bits.
#include "saccade/data/coco_results.h"

#include <bit>

#include "saccade/data/coco_results_writer.h"
#include "saccade/data/mask_rle.h"
#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {
namespace {

// The data set of the seeds: images 1 to 4 and "a", classes 1 to 3.
CocoDataSet data_set() {
  std::vector<CocoImage> images;
  for (std::int64_t id = 1; id <= 4; ++id) images.push_back({{id, ""}, "x.jpg", 640, 480});
  images.push_back({{0, "a"}, "a.jpg", 64, 64});
  std::vector<CocoCategory> categories;
  for (std::int64_t id = 1; id <= 3; ++id) categories.push_back({{id, ""}, "class", ""});
  return CocoDataSet("input", std::move(images), std::move(categories), {});
}

// -0.0 and 0.0 differ here.
bool are_the_same(const CocoDetection& a, const CocoDetection& b) {
  const auto same = [](double x, double y) {
    return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
  };
  return a.image == b.image && a.category == b.category && same(a.score, b.score) &&
         same(a.box.x, b.box.x) && same(a.box.y, b.box.y) && same(a.box.width, b.box.width) &&
         same(a.box.height, b.box.height);
}

void read_outlines(const CocoResults& results) {
  for (std::size_t i = 0; i < results.segmentations.size(); ++i) {
    try {
      segmentation_of(results, i);
    } catch (const Error&) {
    }
  }
}

}  // namespace

void check_input(std::string_view input) {
  static const CocoDataSet data = data_set();
  static const InputFolder folder;
  static InputFile file;
  const CocoResults read = read_coco_results(file.with(input), data, 1);
  read_outlines(read);
  if (!read.first_has_box) return;
  const std::filesystem::path written = folder.path() / "written.json";
  write_coco_results(written, data, read.detections, {});
  const CocoResults again = read_coco_results(written, data, 1);
  require(read.detections.size() == again.detections.size(), "no written detection is lost");
  for (std::size_t i = 0; i < read.detections.size(); ++i)
    require(are_the_same(read.detections[i], again.detections[i]),
            "a written detection reads back to the same bits");
}

}  // namespace saccade::fuzz
