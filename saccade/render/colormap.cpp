// Colours of the figures.
#include "saccade/render/colormap.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace saccade {
namespace {

constexpr ColormapStop stop(int index, std::uint32_t rgb) {
  return {index / 255.0, Color::hex(rgb)};
}

// Fewest stops that keep every one of the 256 published colours within 1/255.
constexpr std::array kViridis = {stop(0, 0x440154),   stop(18, 0x481B6D),  stop(34, 0x472F7D),
                                 stop(52, 0x404588),  stop(83, 0x31668E),  stop(127, 0x21908D),
                                 stop(141, 0x1E9D89), stop(154, 0x23A983), stop(166, 0x2FB47C),
                                 stop(180, 0x46C06F), stop(195, 0x65CB5E), stop(215, 0x95D840),
                                 stop(236, 0xCDE11D), stop(243, 0xDFE318), stop(248, 0xECE51B),
                                 stop(254, 0xFBE723), stop(255, 0xFDE725)};
constexpr std::array kCividis = {
    stop(0, 0x00224E),   stop(20, 0x003070),  stop(23, 0x013271),  stop(28, 0x123570),
    stop(37, 0x233C6E),  stop(55, 0x3A486C),  stop(92, 0x5E626E),  stop(130, 0x7E7D78),
    stop(158, 0x999277), stop(191, 0xBBAD6D), stop(219, 0xD9C55C), stop(239, 0xEFD748),
    stop(249, 0xFBE138), stop(251, 0xFDE334), stop(254, 0xFEE636), stop(255, 0xFEE838)};
constexpr std::array kDifference = {
    ColormapStop{0.0, Color::hex(0x0B4F8A)}, ColormapStop{0.25, Color::hex(0x5FA2D4)},
    ColormapStop{0.5, Color::hex(0xF4F4F2)}, ColormapStop{0.75, Color::hex(0xF0A04B)},
    ColormapStop{1.0, Color::hex(0xA94F00)}};

constexpr Color kOrange = Color::hex(0xE69F00), kSky = Color::hex(0x56B4E9),
                kGreen = Color::hex(0x009E73), kYellow = Color::hex(0xF0E442),
                kBlue = Color::hex(0x0072B2), kVermillion = Color::hex(0xD55E00),
                kPurple = Color::hex(0xCC79A7), kBlack = Color::hex(0x000000);
constexpr std::array kHeads = {kOrange, kSky, kGreen, kYellow, kBlue, kVermillion, kPurple, kBlack};
constexpr std::array kLevels = {kSky,    kOrange, kGreen,      kPurple,
                                kYellow, kBlue,   kVermillion, kBlack};
constexpr std::array kClasses = {kSky, kGreen, kPurple, kOrange, kYellow, kBlue, kVermillion};

// The item at `index`, cycling; negative indices too.
template <typename Array>
Color cycle(const Array& colors, std::int64_t index) {
  const auto n = static_cast<std::int64_t>(colors.size());
  return colors[static_cast<std::size_t>(((index % n) + n) % n)];
}

double linear_channel(std::uint8_t value) {
  const double c = value / 255.0;
  return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

}  // namespace

std::span<const ColormapStop> colormap_stops(Colormap map) {
  switch (map) {
    case Colormap::kViridis:
      return kViridis;
    case Colormap::kDifference:
      return kDifference;
    case Colormap::kCividis:
      break;
  }
  return kCividis;
}

Color colormap_color(Colormap map, double t) {
  const auto stops = colormap_stops(map);
  if (!(t > 0)) return stops.front().color;
  if (t >= 1) return stops.back().color;
  std::size_t i = 1;
  while (stops[i].at < t) ++i;
  const double share = (t - stops[i - 1].at) / (stops[i].at - stops[i - 1].at);
  return mix(stops[i - 1].color, stops[i].color, share);
}

Color head_color(int head) { return cycle(kHeads, head); }
Color level_color(int level) { return cycle(kLevels, level); }
// Index 0 is no object's class in COCO-style sets: class 1 starts the cycle.
Color class_color(std::int64_t class_index) { return cycle(kClasses, class_index - 1); }

Color mix(Color a, Color b, double share_of_b) {
  const double s = std::clamp(share_of_b, 0.0, 1.0);
  const auto blend = [s](std::uint8_t x, std::uint8_t y) {
    return static_cast<std::uint8_t>(std::lround(x + (y - x) * s));
  };
  return {blend(a.r, b.r), blend(a.g, b.g), blend(a.b, b.b)};
}

double luminance(Color c) {
  return 0.2126 * linear_channel(c.r) + 0.7152 * linear_channel(c.g) + 0.0722 * linear_channel(c.b);
}

Color text_color_on(Color background) { return luminance(background) > 0.18 ? kInk : kPaper; }

double WeightRange::place(double weight) const {
  double t = 0;
  if (difference) {
    t = max > 0 ? 0.5 + 0.5 * weight / max : 0.5;
  } else if (scale == WeightScale::kLog) {
    t = weight > 0 ? 1 - std::log(weight) / std::log(kLogScaleMin) : 0;
  } else {
    t = max > 0 ? weight / max : 0;
  }
  return std::isnan(t) ? 0 : std::clamp(t, 0.0, 1.0);
}

Color WeightRange::color(double weight) const { return colormap_color(map(), place(weight)); }

}  // namespace saccade
