// The inner loops of resizing by instruction set: they see rows of 8-bit planes, nothing else.
//
// A weight of kWeightBits is split into two numbers of 11 and 12 bits, so that one multiply-add of
// 16-bit pairs serves two taps: sum = (sum of high * pixel << kLowBits) + sum of low * pixel, exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "saccade/image/resize_taps.h"

namespace saccade {

constexpr int kLowBits = 11;
constexpr std::int32_t kLowMask = (1 << kLowBits) - 1;
constexpr std::int32_t kHalfWeight = 1 << (kWeightBits - 1);
constexpr int kGroup = 16;        // outputs computed together; rows are filled in whole groups
constexpr int kRowPadding = 128;  // bytes a row must have, and kernels may read, beyond its end

// The taps of the horizontal pass as kernels see them: plain pointers.
struct AcrossTaps {
  // kPairs: 8 outputs read 16 neighbouring bytes, so one byte shuffle brings each its pair of taps.
  // kDots: wider; each output is a sum of products over its own stretch, 16 taps at a time.
  enum class Form { kPairs, kDots };

  Form form = Form::kPairs;
  int out = 0;                            // pixels of a row
  int steps = 0;                          // pairs per output, or blocks of 16 taps
  const int* first = nullptr;             // [out]
  const std::int32_t* window = nullptr;   // kPairs: [groups * 2], first byte of each 8 outputs
  const std::uint8_t* shuffle = nullptr;  // kPairs: [groups * 2, 16], bytes of the 8 outputs' pairs
  // kPairs [groups, steps, 2, 16, 2], kDots [out, steps, 2, 16]: high parts, then low parts.
  const std::int16_t* weights = nullptr;
  const ResizeTaps* plain = nullptr;  // the same taps as the portable kernel reads them
};

// The rows one row of the vertical pass is made of.
struct RowTaps {
  const std::uint8_t* const* rows = nullptr;  // [count] and, where count is odd, any row once more
  const std::int32_t* weights = nullptr;      // [count]
  const std::int32_t* high = nullptr;         // [(count + 1) / 2] packed pairs of 16-bit parts,
  const std::int32_t* low = nullptr;          // the first row's in the lower half
  int count = 0;
};

// (pixel / 255 - mean) / deviation in float32, for one channel.
struct ChannelNorm {
  float mean = 0;
  // 1 / deviation as the sum of two floats: multiplying by both, the second product rounded into the
  // first by a fused multiply-add, gives the quotient's bits for every pixel.
  float deviation_inverse = 0, deviation_inverse_rest = 0;
  float byte_inverse = 0, byte_inverse_rest = 0;  // the same of 1 / 255
  const float* of_byte = nullptr;                 // [256], by plain division
};

struct ResizeKernels {
  // RGB pixels to three planes and back; may write up to kRowPadding bytes beyond a plane's row, none
  // beyond rgb.
  void (*split)(const std::uint8_t* rgb, int width, std::uint8_t* const* planes);
  void (*join)(const std::uint8_t* const* planes, int width, std::uint8_t* rgb);
  // A row of a plane from its end to its start; no overlap.
  void (*mirror)(const std::uint8_t* from, int width, std::uint8_t* to);
  // A row of three planes; `to` gets whole groups.
  void (*across)(const AcrossTaps& taps, const std::uint8_t* const* from, std::uint8_t* const* to);
  // One row of a plane; `to` gets exactly `width` pixels as floats, whole groups as bytes.
  void (*down_to_bytes)(const RowTaps& taps, int width, std::uint8_t* to);
  void (*down_to_floats)(const RowTaps& taps, int width, const ChannelNorm& norm, float* to);
  bool arranged_taps = true;  // whether `across` reads more of its taps than `plain`
};

const ResizeKernels& resize_kernels_generic();
const ResizeKernels& resize_kernels_avx2();
const ResizeKernels& resize_kernels_avx512();

// The fastest of them that cpu_isa() allows.
const ResizeKernels& resize_kernels();

// Owns what an AcrossTaps points to.
class HorizontalTaps {
 public:
  HorizontalTaps(ResizeTaps taps, const ResizeKernels& kernels);
  HorizontalTaps(const HorizontalTaps&) = delete;
  HorizontalTaps& operator=(const HorizontalTaps&) = delete;

  const AcrossTaps& view() const { return view_; }

 private:
  bool fits_windows() const;
  void arrange_pairs();
  void arrange_dots();

  ResizeTaps taps_;
  AcrossTaps view_;
  std::vector<std::int32_t> window_;
  std::vector<std::uint8_t> shuffle_;
  std::vector<std::int16_t> weights_;
};

}  // namespace saccade
