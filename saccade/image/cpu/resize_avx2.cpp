// The resize kernels with AVX2 and FMA: 8 pixels at a time.
#include "saccade/image/cpu/resize_simd.h"

namespace saccade {
namespace {

struct Avx2 {
  using F = __m256;
  using I = __m256i;
  static constexpr int kLanes = 8;

  static I zero() { return _mm256_setzero_si256(); }
  static I set1(std::int32_t x) { return _mm256_set1_epi32(x); }
  static F set1(float x) { return _mm256_set1_ps(x); }
  static I load(const std::int16_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  static I add(I a, I b) { return _mm256_add_epi32(a, b); }
  static I min(I a, I b) { return _mm256_min_epi32(a, b); }
  static I multiply_add(I a, I b) { return _mm256_madd_epi16(a, b); }
  template <int kBits>
  static I shift_left(I a) {
    return _mm256_slli_epi32(a, kBits);
  }
  template <int kBits>
  static I shift_right(I a) {
    return _mm256_srli_epi32(a, kBits);
  }

  // Each lane: two pixels, 16 bits each. Of 16 bytes from the window, those the mask names.
  static I shuffled_pairs(const std::uint8_t* from, const std::int32_t* window,
                          const std::uint8_t* shuffle) {
    return _mm256_cvtepu8_epi16(_mm_shuffle_epi8(load16(from + window[0]), load16(shuffle)));
  }
  // Each lane: a pixel of either row.
  static I row_pairs(const std::uint8_t* a, const std::uint8_t* b) {
    const __m128i low = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(a));
    const __m128i high = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(b));
    return _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(low, high));
  }
  static void store_bytes(std::uint8_t* p, I a) {
    const __m128i words =
        _mm_packus_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    // Sums may round up to 256 or more; the second packing takes words above 32767 for negative.
    const __m128i bytes = _mm_packus_epi16(_mm_min_epu16(words, _mm_set1_epi16(255)), words);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), bytes);
  }

  static F to_float(I a) { return _mm256_cvtepi32_ps(a); }
  static F mul(F a, F b) { return _mm256_mul_ps(a, b); }
  static F sub(F a, F b) { return _mm256_sub_ps(a, b); }
  static F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
  static void store(float* p, F a) { _mm256_storeu_ps(p, a); }
  static void store_first(float* p, int count, F a) {
    const I first = _mm256_cmpgt_epi32(set1(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    _mm256_maskstore_ps(p, first, a);
  }
};

}  // namespace

const ResizeKernels& resize_kernels_avx2() {
  static constexpr ResizeKernels kKernels = kernels_of<Avx2>();
  return kKernels;
}

}  // namespace saccade
