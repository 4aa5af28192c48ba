// YOLO's label files: what is read is written and read again to the same boxes, up to what nine digits tell.
#include "saccade/data/yolo_labels.h"

#include <cmath>

#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {
namespace {

constexpr int kClasses = 80, kWidth = 640, kHeight = 480;
constexpr double kPixels = 2e-4;  // boxes are kept to 1e-4

bool are_close(const BoxXywh& a, const BoxXywh& b) {
  return std::abs(a.x - b.x) <= kPixels && std::abs(a.y - b.y) <= kPixels &&
         std::abs(a.width - b.width) <= kPixels && std::abs(a.height - b.height) <= kPixels;
}

}  // namespace

void check_input(std::string_view input) {
  std::int64_t clipped = 0;
  const auto boxes = parse_yolo_labels(input, "input", kClasses, kWidth, kHeight, clipped);
  for (const LabelledBox& one : boxes)
    require(one.box.x >= 0 && one.box.y >= 0 && one.box.x + one.box.width <= kWidth + kPixels &&
                one.box.y + one.box.height <= kHeight + kPixels,
            "boxes lie in the image");
  const LabelledImage image{
      .file_name = "x.jpg", .width = kWidth, .height = kHeight, .boxes = boxes};
  const auto again =
      parse_yolo_labels(yolo_labels_text(image), "copy", kClasses, kWidth, kHeight, clipped);
  require(again.size() == boxes.size(), "no written box is lost");
  for (std::size_t i = 0; i < boxes.size(); ++i)
    require(again[i].category == boxes[i].category && are_close(again[i].box, boxes[i].box),
            "a written box reads back to the same");
}

}  // namespace saccade::fuzz
