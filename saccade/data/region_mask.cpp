// Which pixels an object's outline covers.
#include "saccade/data/region_mask.h"

#include "saccade/core/error.h"
#include "saccade/data/mask_rle.h"
#include "saccade/image/image.h"

namespace saccade {

RegionMask region_mask(const Segmentation& segmentation, int width, int height) {
  const MaskRle runs = mask_from(segmentation, width, height);
  const auto columns = static_cast<std::size_t>(runs.width);
  const auto rows = static_cast<std::size_t>(runs.height);
  if (columns * rows > static_cast<std::size_t>(kMaxImagePixels))
    throw Error(text_of("a mask of ", runs.width, " x ", runs.height, " pixels; at most ",
                        kMaxImagePixels, " are drawn"));
  RegionMask mask{runs.width, runs.height, std::vector<std::uint8_t>(columns * rows)};
  std::size_t at = 0;
  bool is_inside = false;
  for (const std::uint32_t count : runs.counts) {
    for (const std::size_t end = at + count; is_inside && at < end; ++at)
      mask.inside[at % rows * columns + at / rows] = 1;
    if (!is_inside) at += count;
    is_inside = !is_inside;
  }
  return mask;
}

}  // namespace saccade
