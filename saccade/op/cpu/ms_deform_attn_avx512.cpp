// ms_deform_attn with AVX-512: 16 samples, or 16 channels, at a time.
#include <immintrin.h>

#include "saccade/op/cpu/ms_deform_attn_simd_backward.h"

namespace saccade {
namespace {

struct Avx512 {
  using F = __m512;
  using I = __m512i;
  using Mask = __mmask16;
  static constexpr int kLanes = kAvx512Lanes;
  static constexpr int kRegisters = 32;

  static F zero() { return _mm512_setzero_ps(); }
  static F set1(float x) { return _mm512_set1_ps(x); }
  static F load(const float* p) { return _mm512_load_ps(p); }
  static F loadu(const float* p) { return _mm512_loadu_ps(p); }
  static F load_bfloat16(const std::uint16_t* p) {
    const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
  }
  static void store(float* p, F a) { _mm512_store_ps(p, a); }
  static void storeu(float* p, F a) { _mm512_storeu_ps(p, a); }
  static F add(F a, F b) { return _mm512_add_ps(a, b); }
  static F sub(F a, F b) { return _mm512_sub_ps(a, b); }
  static F mul(F a, F b) { return _mm512_mul_ps(a, b); }
  static F div(F a, F b) { return _mm512_div_ps(a, b); }
  static F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  static F floor(F a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }

  static Mask less(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
  static Mask less_equal(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
  static Mask both(Mask a, Mask b) { return _kand_mask16(a, b); }
  static F only(Mask m, F a) { return _mm512_maskz_mov_ps(m, a); }  // 0 where m is not set

  static I set1_int(std::int32_t x) { return _mm512_set1_epi32(x); }
  static I load_int(const std::int32_t* p) { return _mm512_load_si512(p); }
  static I to_int(F a) { return _mm512_cvttps_epi32(a); }
  static I add_int(I a, I b) { return _mm512_add_epi32(a, b); }
  static I mul_int(I a, I b) { return _mm512_mullo_epi32(a, b); }

  // Lane i of the result is lane lanes[i] of a.
  static F pick(F a, I lanes) { return _mm512_permutexvar_ps(lanes, a); }

  static Mask first(int count) { return static_cast<Mask>((1U << count) - 1U); }
  static F load_first(const float* p, int count) { return _mm512_maskz_loadu_ps(first(count), p); }
  static void store_first(float* p, int count, F a) { _mm512_mask_storeu_ps(p, first(count), a); }

  // (x, y) pairs of the first `count` samples, 0 beyond.
  static void load_pairs(const float* p, int count, F& x, F& y) {
    const unsigned mask = count == kLanes ? ~0U : (1U << (2 * count)) - 1U;
    const F low = _mm512_maskz_loadu_ps(static_cast<Mask>(mask), p);
    const F high = _mm512_maskz_loadu_ps(static_cast<Mask>(mask >> 16), p + kLanes);
    const I even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    x = _mm512_permutex2var_ps(low, even, high);
    y = _mm512_permutex2var_ps(low, _mm512_add_epi32(even, set1_int(1)), high);
  }
  static void store_pairs(float* p, int count, F x, F y) {
    const unsigned mask = count == kLanes ? ~0U : (1U << (2 * count)) - 1U;
    const I low = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    const I high = _mm512_add_epi32(low, set1_int(8));
    _mm512_mask_storeu_ps(p, static_cast<Mask>(mask), _mm512_permutex2var_ps(x, low, y));
    _mm512_mask_storeu_ps(p + kLanes, static_cast<Mask>(mask >> 16),
                          _mm512_permutex2var_ps(x, high, y));
  }

  // base + offset where `exists`, else `missing`.
  template <typename T>
  static void store_addresses(T* base, I offset, Mask exists, T* missing, T** to) {
    const I origin = _mm512_set1_epi64(reinterpret_cast<long long>(base));
    const I other = _mm512_set1_epi64(reinterpret_cast<long long>(missing));
    const I low = _mm512_cvtepi32_epi64(_mm512_castsi512_si256(offset));
    const I high = _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(offset, 1));
    const auto upper = static_cast<__mmask8>(exists >> 8);
    _mm512_store_si512(to, _mm512_mask_add_epi64(other, static_cast<__mmask8>(exists), origin,
                                                 _mm512_slli_epi64(low, 2)));
    _mm512_store_si512(to + 8,
                       _mm512_mask_add_epi64(other, upper, origin, _mm512_slli_epi64(high, 2)));
  }

  // In each 128-bit part, partial sums of the lanes of four vectors, one after another.
  static F fold_corners(const F* corners) {
    return fold_pairs(fold_lanes(corners[0], corners[1]), fold_lanes(corners[2], corners[3]));
  }
  // Lane i of sums[c] is the sum of the lanes of corner c that fold_corners folded into folded[i].
  static void sum_corners(const F* folded, F* sums) {
    F fours[4];  // of four samples, the sums of their four corners
    for (int i = 0; i < 4; ++i) {
      const F* of = folded + 4 * i;
      fours[i] = fold_parts(fold_parts(of[0], of[1]), fold_parts(of[2], of[3]));
    }
    I every_fourth = _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 28, 24, 20, 16, 12, 8, 4, 0);
    for (int c = 0; c < 4; ++c) {
      const F low = _mm512_permutex2var_ps(fours[0], every_fourth, fours[1]);
      const F high = _mm512_permutex2var_ps(fours[2], every_fourth, fours[3]);
      sums[c] = _mm512_shuffle_f32x4(low, high, 0x44);
      every_fourth = _mm512_add_epi32(every_fourth, set1_int(1));
    }
  }

 private:
  static F fold_lanes(F a, F b) { return add(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b)); }
  static F fold_pairs(F a, F b) {
    return add(_mm512_shuffle_ps(a, b, 0x44), _mm512_shuffle_ps(a, b, 0xee));
  }
  // Parts 0 and 1 of the result are of a, 2 and 3 of b.
  static F fold_parts(F a, F b) {
    return add(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd));
  }
};

}  // namespace

MsDeformAttnKernels<float> ms_deform_attn_avx512() { return {&forward<Avx512>, &backward<Avx512>}; }

}  // namespace saccade
