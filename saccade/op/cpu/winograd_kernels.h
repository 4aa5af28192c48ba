// Winograd's F(4x4, 3x3) on float maps with the channels of a pixel together: what each instruction set brings.
//
// A tile of 4 x 4 results needs 6 x 6 cells; both sides are turned into 36 numbers a channel (B^T d B and G g G^T), in
// which the convolution is 36 products of matrices [tiles, in] [in, out], and turned back (A^T m A): 36 multiplications
// for 16 results where the sum as written takes 144. (Lavin and Gray, Fast Algorithms for Convolutional Neural
// Networks, 2016, section 4.3; with points of our own, winograd_simd.h.)
#pragma once

#include <cstddef>
#include <cstdint>

namespace saccade {

constexpr std::int64_t kWinogradSide = 4;    // results along one side of a tile
constexpr std::int64_t kWinogradParts = 36;  // numbers a tile and a 3 x 3 weight become
constexpr std::int64_t kWinogradPanel = 16;  // output channels whose weights lie together
constexpr std::int64_t kWinogradChunk =
    64;                                    // input channels whose numbers of one tile lie together
constexpr std::int64_t kWinogradRows = 6;  // tiles multiplied at once

// Channels are whole chunks.
struct WinogradMap {
  std::int64_t height = 0, width = 0, in = 0, out = 0;
  std::int64_t tile_columns() const { return (width + kWinogradSide - 1) / kWinogradSide; }
  std::int64_t tile_rows() const { return (height + kWinogradSide - 1) / kWinogradSide; }
  std::int64_t tiles() const { return tile_columns() * tile_rows(); }
};

// Tiles first to first + rows - 1 of a map, row by row, and room for their numbers. `rows` is a multiple of
// kWinogradRows; those beyond the last tile are multiplied too, and whatever they hold is never read.
struct WinogradBlock {
  std::int64_t first = 0, rows = 0;
  void* turned =
      nullptr;  // [36, in / 64, rows, 64]; float, or bfloat16 as the weights are pairs of it
  float* products = nullptr;  // [36, rows, out]
};

// What becomes of the products.
struct WinogradResult {
  const float* bias = nullptr;   // [out]
  const float* added = nullptr;  // as the result, or none; may be the result's memory
  bool relu = false;
  float* to = nullptr;  // [height, width, out]
};

enum class WinogradWeight {
  kFloat,     // [36, out / 16, in, 16]
  kBfloat16,  // the same, rounded; multiplied as float
  // [36, out / 16, in / 2, 16, 2]: two input channels side by side, which one instruction multiplies and adds.
  kBfloat16Pairs
};

struct WinogradKernels {
  // weight [out, 3, 3, in] to WinogradWeight::kFloat; the panels `begin` to `end` - 1 of out / 16.
  void (*turn_weight)(const WinogradMap& sizes, const float* weight, std::int64_t begin,
                      std::int64_t end, float* to);
  // map [height, width, in]; rows `begin` to `end` - 1 of the block, all of them tiles of the map.
  void (*turn_tiles)(const WinogradMap& sizes, const float* map, const WinogradBlock& block,
                     std::int64_t begin, std::int64_t end);
  // Parts `begin` to `end` - 1 of the 36; each sum runs over `in` in order, however the work is cut.
  void (*multiply)(const WinogradMap& sizes, const void* weight, const WinogradBlock& block,
                   std::int64_t begin, std::int64_t end);
  void (*finish)(const WinogradMap& sizes, const WinogradBlock& block, std::int64_t begin,
                 std::int64_t end, const WinogradResult& result);
};

// For weights of this kind, which is not kBfloat16Pairs.
WinogradKernels winograd_avx2(WinogradWeight weight);
WinogradKernels winograd_avx512(WinogradWeight weight);
// For pairs of bfloat16: instructions of AVX512_BF16.
WinogradKernels winograd_avx512_pairs();

}  // namespace saccade
