// Joins PNG files into an animated one (APNG), which holds every frame's pixels unchanged.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace saccade {

// Writes an animation that repeats without end; readers that know no APNG show its first frame.
// Source: PNG specification, third edition (W3C 2025), chunks acTL, fcTL and fdAT.
class PngAnimation {
 public:
  // `frames` will be added; each is shown for 1 / `frames_per_second`, 0.01 to 100. `out` is borrowed.
  PngAnimation(std::ostream& out, std::uint32_t frames, double frames_per_second);

  // The bytes of a PNG file; of the first frame all that stands before its pixels (texts,
  // resolution) is kept. Throws Error: no whole PNG, another size or kind of pixels than the first, one frame too many.
  void add(std::string_view png);
  // Throws Error where frames are missing.
  void finish();

 private:
  void put_chunk(std::string_view type, std::string_view data);
  void put_control(std::string_view header);

  std::ostream& out_;
  const std::uint32_t frames_;
  const double frames_per_second_;
  std::uint32_t added_ = 0, sequence_ = 0;
  std::string header_;  // of the first frame
};

}  // namespace saccade
