// Which pixels an object's outline covers.
#include "saccade/data/region_mask.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "saccade/core/error.h"
#include "saccade/image/image.h"

namespace saccade {
namespace {

RegionMask empty_mask(int width, int height) {
  if (width <= 0 || height <= 0 || std::int64_t{width} * height > kMaxImagePixels)
    throw Error(text_of("segmentation: an image of ", width, " x ", height, " px has no mask"));
  return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height)};
}

// Where the polygon crosses the line y, ascending.
std::vector<double> crossings(const std::vector<double>& polygon, double y) {
  std::vector<double> xs;
  const std::size_t n = polygon.size() / 2;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t j = (i + 1) % n;
    const double x0 = polygon[2 * i], y0 = polygon[2 * i + 1];
    const double x1 = polygon[2 * j], y1 = polygon[2 * j + 1];
    if ((y0 <= y) == (y1 <= y)) continue;
    const double x = x0 + (y - y0) / (y1 - y0) * (x1 - x0);
    if (std::isfinite(x)) xs.push_back(x);
  }
  std::sort(xs.begin(), xs.end());
  return xs;
}

void fill_polygon(RegionMask& mask, const std::vector<double>& polygon) {
  for (int row = 0; row < mask.height; ++row) {
    const std::vector<double> xs = crossings(polygon, row + 0.5);
    std::uint8_t* const line = &mask.inside[static_cast<std::size_t>(row) * mask.width];
    for (std::size_t i = 0; i + 1 < xs.size(); i += 2) {
      const auto column = [&](double x) {
        return static_cast<int>(std::clamp(std::ceil(x - 0.5), 0.0, double(mask.width)));
      };
      std::fill(line + column(xs[i]), line + std::max(column(xs[i]), column(xs[i + 1])), 1);
    }
  }
}

// COCO's text: numbers of 5-bit groups, lowest first, bit 5 of a character says that more follow; from
// the fourth number on each is a difference to the one two before (pycocotools, maskApi.c).
std::vector<std::uint32_t> uncompressed_counts(const std::string& text) {
  std::vector<std::int64_t> counts;
  for (std::size_t at = 0; at < text.size();) {
    std::int64_t value = 0;
    bool more = true;
    for (int shift = 0; more; shift += 5) {
      if (at == text.size() || text[at] < 48 || text[at] > 111 || shift > 30)
        throw Error("segmentation: the compressed run lengths are broken");
      const std::int64_t group = text[at++] - 48;
      value |= (group & 0x1F) << shift;
      more = (group & 0x20) != 0;
      if (!more && (group & 0x10) != 0) value |= ~std::int64_t{0} << (shift + 5);
    }
    if (counts.size() > 2) value += counts[counts.size() - 2];
    if (value < 0 || value > kMaxImagePixels)
      throw Error("segmentation: the compressed run lengths are broken");
    counts.push_back(value);
  }
  return {counts.begin(), counts.end()};
}

void fill_runs(RegionMask& mask, const std::vector<std::uint32_t>& counts) {
  const std::int64_t all = std::int64_t{mask.width} * mask.height;
  std::int64_t at = 0;
  bool is_object = false;
  for (const std::uint32_t count : counts) {
    if (count > all - at)
      throw Error(text_of("segmentation: its run lengths exceed an image of ", mask.width, " x ",
                          mask.height, " px"));
    for (std::int64_t i = at; is_object && i < at + count; ++i) {
      const std::int64_t column = i / mask.height, row = i % mask.height;
      mask.inside[static_cast<std::size_t>(row * mask.width + column)] = 1;
    }
    at += count;
    is_object = !is_object;
  }
}

}  // namespace

std::int64_t RegionMask::pixels() const {
  return std::accumulate(inside.begin(), inside.end(), std::int64_t{0});
}

RegionMask region_mask(const Segmentation& segmentation, int width, int height) {
  if (!segmentation.counts.empty() || !segmentation.compressed_counts.empty()) {
    RegionMask mask = empty_mask(segmentation.width, segmentation.height);
    fill_runs(mask, segmentation.counts.empty()
                        ? uncompressed_counts(segmentation.compressed_counts)
                        : segmentation.counts);
    return mask;
  }
  RegionMask mask = empty_mask(width, height);
  for (const std::vector<double>& polygon : segmentation.polygons) fill_polygon(mask, polygon);
  return mask;
}

}  // namespace saccade
