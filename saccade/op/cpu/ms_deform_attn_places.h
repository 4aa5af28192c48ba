// Where a query's samples of one head lie: as given, or from its reference and offsets.
//
// Internal linkage, as in ms_deform_attn_simd.h: each instruction set has its own copy.
#pragma once

#include "saccade/op/ms_deform_attn_kernel.h"

namespace saccade {
namespace {

// Of a query's and head's first offset.
template <typename T>
[[gnu::always_inline]] inline std::int64_t offset_place(const MsDeformAttnForward<T>& call,
                                                        std::int64_t image, std::int64_t query,
                                                        std::int64_t head) {
  const auto& s = call.sizes;
  return (image * s.queries + query) * call.offset_stride + head * s.samples() * 2;
}

template <typename T>
[[gnu::always_inline]] inline T offset_at(const MsDeformAttnForward<T>& call, std::int64_t place) {
  if (call.offset_bits == nullptr) return call.offsets[place];
  return static_cast<T>(
      __builtin_bit_cast(float, static_cast<std::uint32_t>(call.offset_bits[place]) << 16));
}

// [L, P, 2]; `buffer` has room for it. Divided and added as tensors would be: the same bits.
template <typename T>
[[gnu::always_inline]] inline const T* locations_of(const MsDeformAttnForward<T>& call,
                                                    std::int64_t image, std::int64_t query,
                                                    std::int64_t head, T* buffer) {
  const auto& s = call.sizes;
  const std::int64_t row = image * s.queries + query;
  if (call.locations != nullptr) return call.locations + (row * s.heads + head) * s.samples() * 2;
  const T* reference = call.references + row * s.num_levels * 2;
  std::int64_t offset = offset_place(call, image, query, head);
  T* to = buffer;
  for (std::int64_t l = 0; l < s.num_levels; ++l) {
    const T width = static_cast<T>(s.levels[l].width), height = static_cast<T>(s.levels[l].height);
    const T x = reference[2 * l], y = reference[2 * l + 1];
    for (std::int64_t p = 0; p < s.points; ++p, offset += 2, to += 2) {
      to[0] = x + offset_at(call, offset) / width;
      to[1] = y + offset_at(call, offset + 1) / height;
    }
  }
  return buffer;
}

}  // namespace
}  // namespace saccade
