// A photograph under marks: cut out, enlarged, toned down.
#include "saccade/render/photo.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr double kDarkMedian = 60;
constexpr double kMaxGain = 8;

double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

// Which source pixels one output pixel sums: from `first`, with these weights (sum 1).
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

// Taps of `out_size` pixels over [begin, end) of a line of `in_size` pixels. Taps beyond the line
// fall on its last pixel.
std::vector<Taps> make_taps(double begin, double end, int in_size, int out_size) {
  const double step = (end - begin) / out_size, stretch = std::max(1.0, step);
  std::vector<Taps> taps(static_cast<std::size_t>(out_size));
  for (int i = 0; i < out_size; ++i) {
    const double centre = begin + (i + 0.5) * step - 0.5;
    const int low = static_cast<int>(std::ceil(centre - 2 * stretch));
    const int high = static_cast<int>(std::floor(centre + 2 * stretch));
    Taps& tap = taps[static_cast<std::size_t>(i)];
    tap.first = std::clamp(low, 0, in_size - 1);
    const int last = std::clamp(high, 0, in_size - 1);
    tap.weights.assign(static_cast<std::size_t>(last - tap.first + 1), 0.0F);
    double sum = 0;
    for (int k = low; k <= high; ++k) sum += cubic((k - centre) / stretch);
    for (int k = low; k <= high; ++k) {
      const auto at = static_cast<std::size_t>(std::clamp(k, tap.first, last) - tap.first);
      tap.weights[at] += static_cast<float>(cubic((k - centre) / stretch) / sum);
    }
  }
  return taps;
}

std::uint8_t to_byte(float value) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, 255.0F)));
}

// One row of the photo resampled to taps.size() pixels.
void resample_row(const std::uint8_t* row, const std::vector<Taps>& taps, float* out) {
  for (const Taps& tap : taps) {
    std::array<float, 3> sum{};
    const std::uint8_t* pixel = row + static_cast<std::size_t>(tap.first) * 3;
    for (const float weight : tap.weights) {
      for (int c = 0; c < 3; ++c) sum[static_cast<std::size_t>(c)] += weight * pixel[c];
      pixel += 3;
    }
    out = std::copy(sum.begin(), sum.end(), out);
  }
}

float luma(const std::uint8_t* p) { return 0.299F * p[0] + 0.587F * p[1] + 0.114F * p[2]; }

}  // namespace

Image crop_photo(const Image& photo, const BoxXyxy& crop, int width, int height) {
  const auto expected = static_cast<std::size_t>(photo.width) * photo.height * 3;
  if (photo.width < 1 || photo.height < 1 || photo.rgb.size() != expected || width < 1 ||
      height < 1 || !(crop.width() > 0) || !(crop.height() > 0)) {
    throw Error(text_of("a crop of ", crop.width(), " x ", crop.height(), " px of a photo of ",
                        photo.width, " x ", photo.height, " px to ", width, " x ", height,
                        " px: every size must be at least 1"));
  }
  const auto columns = make_taps(crop.x0, crop.x1, photo.width, width);
  const auto rows = make_taps(crop.y0, crop.y1, photo.height, height);
  int first = photo.height, last = 0;
  for (const Taps& tap : rows) {
    first = std::min(first, tap.first);
    last = std::max(last, tap.first + static_cast<int>(tap.weights.size()));
  }
  const std::size_t line = static_cast<std::size_t>(width) * 3;
  std::vector<float> across(line * static_cast<std::size_t>(last - first));
  for (int y = first; y < last; ++y) {
    resample_row(photo.row(y), columns, across.data() + line * static_cast<std::size_t>(y - first));
  }
  Image out(width, height);
  std::vector<float> sums(line);
  for (int y = 0; y < height; ++y) {
    const Taps& tap = rows[static_cast<std::size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (std::size_t k = 0; k < tap.weights.size(); ++k) {
      const float* from = across.data() + line * (static_cast<std::size_t>(tap.first - first) + k);
      for (std::size_t i = 0; i < line; ++i) sums[i] += tap.weights[k] * from[i];
    }
    std::transform(sums.begin(), sums.end(), out.row(y), to_byte);
  }
  return out;
}

void treat_photo(Image& photo, const PhotoTreatment& t) {
  const auto saturation = static_cast<float>(t.saturation);
  const auto brightness = static_cast<float>(t.brightness);
  const auto offset = static_cast<float>(t.offset);
  for (std::size_t i = 0; i + 2 < photo.rgb.size(); i += 3) {
    std::uint8_t* p = photo.rgb.data() + i;
    const float grey = luma(p);
    for (int c = 0; c < 3; ++c)
      p[c] = to_byte((grey + saturation * (p[c] - grey)) * brightness + offset);
  }
}

double median_luma(const Image& photo) {
  std::array<std::size_t, 256> counts{};
  for (std::size_t i = 0; i + 2 < photo.rgb.size(); i += 3)
    ++counts[to_byte(luma(photo.rgb.data() + i))];
  std::size_t seen = 0;
  for (std::size_t value = 0; value < counts.size(); ++value) {
    seen += counts[value];
    if (seen * 2 >= photo.rgb.size() / 3) return static_cast<double>(value);
  }
  return 255;
}

double brightening_gain(const Image& photo) {
  const double median = median_luma(photo);
  if (median >= kDarkMedian) return 1;
  return std::min(kMaxGain, kDarkMedian / std::max(median, 1.0));
}

}  // namespace saccade
