// The resize kernels with AVX-512: 16 pixels at a time.
#include "saccade/image/cpu/resize_simd.h"

namespace saccade {
namespace {

struct Avx512 {
  using F = __m512;
  using I = __m512i;
  static constexpr int kLanes = 16;

  static I zero() { return _mm512_setzero_si512(); }
  static I set1(std::int32_t x) { return _mm512_set1_epi32(x); }
  static F set1(float x) { return _mm512_set1_ps(x); }
  static I load(const std::int16_t* p) { return _mm512_loadu_si512(p); }
  static I add(I a, I b) { return _mm512_add_epi32(a, b); }
  static I min(I a, I b) { return _mm512_min_epi32(a, b); }
  static I multiply_add(I a, I b) { return _mm512_madd_epi16(a, b); }
  template <int kBits>
  static I shift_left(I a) {
    return _mm512_slli_epi32(a, kBits);
  }
  template <int kBits>
  static I shift_right(I a) {
    return _mm512_srli_epi32(a, kBits);
  }

  // Each lane: two pixels, 16 bits each. Of 16 bytes from each window, those the masks name.
  static I shuffled_pairs(const std::uint8_t* from, const std::int32_t* window,
                          const std::uint8_t* shuffle) {
    const __m256i bytes = _mm256_inserti128_si256(_mm256_castsi128_si256(load16(from + window[0])),
                                                  load16(from + window[1]), 1);
    const auto* masks = reinterpret_cast<const __m256i*>(shuffle);
    return _mm512_cvtepu8_epi16(_mm256_shuffle_epi8(bytes, _mm256_loadu_si256(masks)));
  }
  // Each lane: a pixel of either row.
  static I row_pairs(const std::uint8_t* a, const std::uint8_t* b) {
    return _mm512_or_si512(_mm512_cvtepu8_epi32(load16(a)),
                           _mm512_slli_epi32(_mm512_cvtepu8_epi32(load16(b)), 16));
  }
  static void store_bytes(std::uint8_t* p, I a) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtusepi32_epi8(a));
  }

  static F to_float(I a) { return _mm512_cvtepi32_ps(a); }
  static F mul(F a, F b) { return _mm512_mul_ps(a, b); }
  static F sub(F a, F b) { return _mm512_sub_ps(a, b); }
  static F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  static void store(float* p, F a) { _mm512_storeu_ps(p, a); }
  static void store_first(float* p, int count, F a) {
    _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1U << count) - 1), a);
  }
};

}  // namespace

const ResizeKernels& resize_kernels_avx512() {
  static constexpr ResizeKernels kKernels = kernels_of<Avx512>();
  return kKernels;
}

}  // namespace saccade
