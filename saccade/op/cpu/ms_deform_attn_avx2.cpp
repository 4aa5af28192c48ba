// ms_deform_attn with AVX2 and FMA: 8 samples, or 8 channels, at a time.
#include <immintrin.h>

#include "saccade/op/cpu/ms_deform_attn_simd_backward.h"

namespace saccade {
namespace {

struct Avx2 {
  using F = __m256;
  using I = __m256i;
  using Mask = __m256;  // lanes of all ones or all zeros
  static constexpr int kLanes = kAvx2Lanes;
  static constexpr int kRegisters = 16;

  static F zero() { return _mm256_setzero_ps(); }
  static F set1(float x) { return _mm256_set1_ps(x); }
  static F load(const float* p) { return _mm256_load_ps(p); }
  static F loadu(const float* p) { return _mm256_loadu_ps(p); }
  static F load_bfloat16(const std::uint16_t* p) {
    const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
  }
  static void store(float* p, F a) { _mm256_store_ps(p, a); }
  static void storeu(float* p, F a) { _mm256_storeu_ps(p, a); }
  static F add(F a, F b) { return _mm256_add_ps(a, b); }
  static F sub(F a, F b) { return _mm256_sub_ps(a, b); }
  static F mul(F a, F b) { return _mm256_mul_ps(a, b); }
  static F div(F a, F b) { return _mm256_div_ps(a, b); }
  static F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
  static F floor(F a) { return _mm256_floor_ps(a); }

  static Mask less(F a, F b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
  static Mask less_equal(F a, F b) { return _mm256_cmp_ps(a, b, _CMP_LE_OQ); }
  static Mask both(Mask a, Mask b) { return _mm256_and_ps(a, b); }
  static F only(Mask m, F a) { return _mm256_and_ps(m, a); }  // 0 where m is not set

  static I set1_int(std::int32_t x) { return _mm256_set1_epi32(x); }
  static I load_int(const std::int32_t* p) {
    return _mm256_load_si256(reinterpret_cast<const I*>(p));
  }
  static I to_int(F a) { return _mm256_cvttps_epi32(a); }
  static I add_int(I a, I b) { return _mm256_add_epi32(a, b); }
  static I mul_int(I a, I b) { return _mm256_mullo_epi32(a, b); }

  // Lane i of the result is lane lanes[i] of a.
  static F pick(F a, I lanes) { return _mm256_permutevar8x32_ps(a, lanes); }

  static I first(int count) {
    return _mm256_cmpgt_epi32(set1_int(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static F load_first(const float* p, int count) { return _mm256_maskload_ps(p, first(count)); }
  static void store_first(float* p, int count, F a) { _mm256_maskstore_ps(p, first(count), a); }

  // (x, y) pairs of the first `count` samples, 0 beyond.
  static void load_pairs(const float* p, int count, F& x, F& y) {
    const F low = load_first(p, 2 * count);
    const F high = load_first(p + kLanes, 2 * count - kLanes);
    const F a = _mm256_permute2f128_ps(low, high, 0x20);
    const F b = _mm256_permute2f128_ps(low, high, 0x31);
    x = _mm256_shuffle_ps(a, b, 0x88);
    y = _mm256_shuffle_ps(a, b, 0xdd);
  }
  static void store_pairs(float* p, int count, F x, F y) {
    const F a = _mm256_unpacklo_ps(x, y);
    const F b = _mm256_unpackhi_ps(x, y);
    store_first(p, 2 * count, _mm256_permute2f128_ps(a, b, 0x20));
    store_first(p + kLanes, 2 * count - kLanes, _mm256_permute2f128_ps(a, b, 0x31));
  }

  // base + offset where `exists`, else `missing`.
  template <typename T>
  static void store_addresses(T* base, I offset, Mask exists, T* missing, T** to) {
    const I bits = _mm256_castps_si256(exists);
    store_four(base, _mm256_castsi256_si128(offset), _mm256_castsi256_si128(bits), missing, to);
    store_four(base, _mm256_extracti128_si256(offset, 1), _mm256_extracti128_si256(bits, 1),
               missing, to + 4);
  }

  // In each 128-bit part, partial sums of the lanes of four vectors, one after another.
  static F fold_corners(const F* corners) {
    return _mm256_hadd_ps(_mm256_hadd_ps(corners[0], corners[1]),
                          _mm256_hadd_ps(corners[2], corners[3]));
  }
  // Lane i of sums[c] is the sum of the lanes of corner c that fold_corners folded into folded[i].
  static void sum_corners(const F* folded, F* sums) {
    F twos[4];  // of two samples, the sums of their four corners
    for (int i = 0; i < 4; ++i) {
      const F even = folded[2 * i], odd = folded[2 * i + 1];
      twos[i] =
          add(_mm256_permute2f128_ps(even, odd, 0x20), _mm256_permute2f128_ps(even, odd, 0x31));
    }
    const F low[] = {_mm256_unpacklo_ps(twos[0], twos[1]), _mm256_unpackhi_ps(twos[0], twos[1])};
    const F high[] = {_mm256_unpacklo_ps(twos[2], twos[3]), _mm256_unpackhi_ps(twos[2], twos[3])};
    // The even samples first, then the odd ones.
    const I in_turn = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    for (int i = 0; i < 2; ++i) {
      const F even_corner = _mm256_shuffle_ps(low[i], high[i], 0x44);
      const F odd_corner = _mm256_shuffle_ps(low[i], high[i], 0xee);
      sums[2 * i] = _mm256_permutevar8x32_ps(even_corner, in_turn);
      sums[2 * i + 1] = _mm256_permutevar8x32_ps(odd_corner, in_turn);
    }
  }

 private:
  template <typename T>
  static void store_four(T* base, __m128i offset, __m128i exists, T* missing, T** to) {
    const I origin = _mm256_set1_epi64x(reinterpret_cast<long long>(base));
    const I other = _mm256_set1_epi64x(reinterpret_cast<long long>(missing));
    const I address = _mm256_add_epi64(origin, _mm256_slli_epi64(_mm256_cvtepi32_epi64(offset), 2));
    _mm256_store_si256(reinterpret_cast<I*>(to),
                       _mm256_blendv_epi8(other, address, _mm256_cvtepi32_epi64(exists)));
  }
};

}  // namespace

MsDeformAttnKernels<float> ms_deform_attn_avx2() { return {&forward<Avx2>, &backward<Avx2>}; }

}  // namespace saccade
