// Colours of the figures: page tokens, sequential and diverging maps, categories.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace saccade {

struct Color {
  std::uint8_t r = 0, g = 0, b = 0;

  static constexpr Color hex(std::uint32_t rgb) {
    return {static_cast<std::uint8_t>(rgb >> 16), static_cast<std::uint8_t>(rgb >> 8),
            static_cast<std::uint8_t>(rgb)};
  }
  bool operator==(const Color&) const = default;
};

inline constexpr Color kInk = Color::hex(0x1A1A1A);     // text
inline constexpr Color kInk2 = Color::hex(0x555555);    // secondary text, caption
inline constexpr Color kHair = Color::hex(0xC4C4C4);    // hairlines, panel borders
inline constexpr Color kPaper = Color::hex(0xFFFFFF);   // page, and white marks
inline constexpr Color kCasing = Color::hex(0x121212);  // dark outline of marks
inline constexpr Color kTruth = Color::hex(0xF0E442);   // a true box beside the selected one
inline constexpr Color kTrack = Color::hex(0xECECEC);   // empty part of a bar
inline constexpr Color kGreyMark = Color::hex(0xBDBDBD);
inline constexpr Color kDarkBar = Color::hex(0x555555);

enum class Colormap { kCividis, kViridis, kDifference };

// A fixed point of a map: `at` of 0 to 1.
struct ColormapStop {
  double at = 0;
  Color color;
};

// The map as stops with straight lines between them. cividis and viridis stay within 1/255 of the
// published tables (Nunez, Anderton, Renslow 2018; van der Walt and Smith 2015). kDifference runs
// from blue over almost white at 0.5 to orange.
std::span<const ColormapStop> colormap_stops(Colormap map);

// Colour at t; t is clamped to 0..1, NaN counts as 0.
Color colormap_color(Colormap map, double t);

// Okabe-Ito in the order of the heads; index is taken modulo 8.
Color head_color(int head);
// Levels 0-3 as in the level legend, above that the remaining Okabe-Ito colours.
Color level_color(int level);
// Classes by index, cycling over 7 colours.
Color class_color(std::int64_t class_index);

Color mix(Color a, Color b, double share_of_b);
// Relative luminance, 0 to 1 (WCAG).
double luminance(Color c);
// Ink on light backgrounds, white on dark ones (luminance 0.18).
Color text_color_on(Color background);

// How a weight becomes a place on a map and a share of opacity.
enum class WeightScale { kLinear, kLog };
inline constexpr double kLogScaleMin = 1e-3;

struct WeightRange {
  WeightScale scale = WeightScale::kLinear;
  double max = 1;           // linear: 0 to max (relative: -max to max); log: 1e-3 to 1
  bool difference = false;  // signed values in kDifference
  // Place of `weight` on the map, 0 to 1, clamped.
  double place(double weight) const;
  Color color(double weight) const;
  Colormap map() const { return difference ? Colormap::kDifference : Colormap::kCividis; }
};

}  // namespace saccade
