// Pascal VOC's annotation files: both ways to count pixels give the same objects, one pixel apart.
#include "saccade/data/voc_annotation.h"

#include <cmath>

#include "saccade/image/image.h"
#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {

void check_input(std::string_view input) {
  const std::string xml(input);
  const VocAnnotation plain = parse_voc_annotation(xml, "input", false);
  const VocAnnotation one_based = parse_voc_annotation(xml, "input", true);
  require(plain.width > 0 && plain.height > 0 &&
              std::int64_t{1} * plain.width * plain.height <= kMaxImagePixels,
          "sizes are those of an image");
  require(plain.objects.size() == one_based.objects.size(), "both have the same objects");
  for (std::size_t i = 0; i < plain.objects.size(); ++i) {
    const VocObject &ours = plain.objects[i], &theirs = one_based.objects[i];
    require(ours.name == theirs.name && !ours.name.empty(), "objects have names");
    require(ours.box.width >= 0 && std::abs(ours.box.width + 1 - theirs.box.width) < 1e-3,
            "a box from one to a pixel is one wider");
  }
}

}  // namespace saccade::fuzz
