// Masks as run lengths: reading and writing them, area, box, union and overlap.
#include "saccade/data/mask_rle.h"

#include <algorithm>
#include <numeric>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr int kGroupBits = 5;  // of a character
constexpr int kMaxGroups = 7;  // 35 bits: more than a difference of two counts needs
constexpr unsigned kMore = 0x20, kSign = 0x10;

std::int64_t pixels_of(int width, int height) { return static_cast<std::int64_t>(width) * height; }

// The next number of the text, which begins at text[at].
std::int64_t next_number(std::string_view text, std::size_t& at) {
  std::int64_t number = 0;
  for (int group = 0; group < kMaxGroups; ++group) {
    if (at >= text.size()) throw Error("the text of a mask ends within a number");
    const unsigned code = static_cast<unsigned char>(text[at++]) - 48u;
    if (code > 63)
      throw Error(text_of("character ", at - 1, " of a mask's text is no part of one"));
    number |= static_cast<std::int64_t>(code & 0x1f) << (kGroupBits * group);
    if ((code & kMore) != 0) continue;
    const int bits = kGroupBits * (group + 1);
    return (code & kSign) != 0 ? number - (std::int64_t{1} << bits) : number;
  }
  throw Error("a number in a mask's text is too long");
}

void add_number(std::int64_t number, std::string& text) {
  for (bool more = true; more;) {
    unsigned code = static_cast<unsigned>(number & 0x1f);
    number >>= kGroupBits;
    more = (code & kSign) != 0 ? number != -1 : number != 0;
    if (more) code |= kMore;
    text.push_back(static_cast<char>(code + 48));
  }
}

void check_sum(const MaskRle& mask) {
  std::int64_t sum = 0;
  for (const std::uint32_t count : mask.counts) sum += count;
  if (sum != pixels_of(mask.width, mask.height))
    throw Error(text_of("the counts of a mask add up to ", sum, ", its size is ", mask.width, " x ",
                        mask.height));
}

// Walks two masks together: calls visit(length, in_a, in_b) for stretches where neither changes.
template <typename Visit>
void walk_both(const MaskRle& a, const MaskRle& b, const Visit& visit) {
  if (a.width != b.width || a.height != b.height)
    throw Error(text_of("masks of one image differ in size: ", a.width, " x ", a.height, " and ",
                        b.width, " x ", b.height));
  std::size_t i = 0, j = 0;
  std::uint32_t left_a = a.counts[0], left_b = b.counts[0];
  while (true) {
    while (left_a == 0 && ++i < a.counts.size()) left_a = a.counts[i];
    while (left_b == 0 && ++j < b.counts.size()) left_b = b.counts[j];
    if (i >= a.counts.size() || j >= b.counts.size()) return;
    const std::uint32_t length = std::min(left_a, left_b);
    visit(length, (i & 1) != 0, (j & 1) != 0);
    left_a -= length;
    left_b -= length;
  }
}

}  // namespace

void check_mask_size(int width, int height) {
  if (width < 1 || height < 1 || pixels_of(width, height) > kMaxMaskPixels)
    throw Error(text_of("a mask of ", width, " x ", height, " pixels; 1 to ", kMaxMaskPixels,
                        " pixels are possible"));
}

MaskRle mask_from_counts(std::span<const std::uint32_t> counts, int width, int height) {
  check_mask_size(width, height);
  MaskRle mask{width, height, {counts.begin(), counts.end()}};
  check_sum(mask);
  return mask;
}

MaskRle mask_from_text(std::string_view text, int width, int height) {
  check_mask_size(width, height);
  MaskRle mask{width, height, {}};
  for (std::size_t at = 0; at < text.size();) {
    std::int64_t count = next_number(text, at);
    if (mask.counts.size() > 2) count += mask.counts[mask.counts.size() - 2];
    if (count < 0 || count > pixels_of(width, height))
      throw Error(text_of("count ", mask.counts.size(), " of a mask is ", count, ", its size is ",
                          width, " x ", height));
    mask.counts.push_back(static_cast<std::uint32_t>(count));
  }
  check_sum(mask);
  return mask;
}

MaskRle mask_from_box(const BoxXywh& box, int width, int height) {
  const double right = box.x + box.width, low = box.y + box.height;
  const std::vector<double> corners = {box.x, box.y, box.x, low, right, low, right, box.y};
  return mask_from_polygons(std::span(&corners, 1), width, height);
}

MaskRle mask_from(const Segmentation& segmentation, int image_width, int image_height) {
  if (!segmentation.counts.empty())
    return mask_from_counts(segmentation.counts, segmentation.width, segmentation.height);
  if (!segmentation.compressed_counts.empty())
    return mask_from_text(segmentation.compressed_counts, segmentation.width, segmentation.height);
  return mask_from_polygons(segmentation.polygons, image_width, image_height);
}

std::string mask_text(const MaskRle& mask) {
  std::string text;
  for (std::size_t i = 0; i < mask.counts.size(); ++i) {
    const std::int64_t before = i > 2 ? mask.counts[i - 2] : 0;
    add_number(mask.counts[i] - before, text);
  }
  return text;
}

std::int64_t mask_area(const MaskRle& mask) {
  std::int64_t area = 0;
  for (std::size_t i = 1; i < mask.counts.size(); i += 2) area += mask.counts[i];
  return area;
}

BoxXywh mask_box(const MaskRle& mask) {
  std::int64_t left = mask.width, right = -1, top = mask.height, low = -1, at = 0;
  for (std::size_t i = 0; i < mask.counts.size(); ++i) {
    const std::int64_t begin = at;
    at += mask.counts[i];
    if (i % 2 == 0 || at == begin) continue;
    const std::int64_t last = at - 1;
    const bool one_column = begin / mask.height == last / mask.height;
    left = std::min(left, begin / mask.height);
    right = std::max(right, last / mask.height);
    top = std::min(top, one_column ? begin % mask.height : 0);
    low = std::max(low, one_column ? last % mask.height : mask.height - std::int64_t{1});
  }
  if (right < 0) return {};
  return {static_cast<double>(left), static_cast<double>(top),
          static_cast<double>(right - left + 1), static_cast<double>(low - top + 1)};
}

MaskRle mask_union(const MaskRle& a, const MaskRle& b) {
  MaskRle both{a.width, a.height, {0}};
  walk_both(a, b, [&](std::uint32_t length, bool in_a, bool in_b) {
    const bool inside = in_a || in_b;
    if (inside != (both.counts.size() % 2 == 0)) both.counts.push_back(0);
    both.counts.back() += length;
  });
  return both;
}

std::int64_t mask_overlap(const MaskRle& a, const MaskRle& b) {
  std::int64_t pixels = 0;
  walk_both(a, b, [&](std::uint32_t length, bool in_a, bool in_b) {
    if (in_a && in_b) pixels += length;
  });
  return pixels;
}

double mask_iou(const MaskRle& detection, const MaskRle& truth, bool is_crowd) {
  const std::int64_t inside = mask_overlap(detection, truth);
  if (inside == 0) return 0;
  const std::int64_t own = mask_area(detection);
  const std::int64_t whole = is_crowd ? own : own + mask_area(truth) - inside;
  return static_cast<double>(inside) / static_cast<double>(whole);
}

}  // namespace saccade
