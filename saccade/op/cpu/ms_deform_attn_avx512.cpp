// ms_deform_attn with AVX-512: 16 samples, or 16 channels, at a time.
#include <immintrin.h>

#include "saccade/op/cpu/ms_deform_attn_simd.h"

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
  static void store(float* p, F a) { _mm512_store_ps(p, a); }
  static void storeu(float* p, F a) { _mm512_storeu_ps(p, a); }
  static F add(F a, F b) { return _mm512_add_ps(a, b); }
  static F sub(F a, F b) { return _mm512_sub_ps(a, b); }
  static F mul(F a, F b) { return _mm512_mul_ps(a, b); }
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

  // Lane i of the result is the sum of the lanes of rows[i]: pairs of vectors are folded into one
  // that holds halves, quarters, ... of both, until sixteen have become one.
  static F sum_each(const F* rows) {
    F pairs[8];
    for (int i = 0; i < 8; ++i) pairs[i] = fold_lanes(rows[2 * i], rows[2 * i + 1]);
    F quads[4];
    for (int i = 0; i < 4; ++i) quads[i] = fold_pairs(pairs[2 * i], pairs[2 * i + 1]);
    // quads[i]: per 128-bit part a partial sum of rows 4i, 4i + 1, 4i + 2, 4i + 3.
    const F low = fold_parts<0x88, 0xdd>(quads[0], quads[1]);
    const F high = fold_parts<0x88, 0xdd>(quads[2], quads[3]);
    return fold_parts<0x88, 0xdd>(low, high);
  }

 private:
  static F fold_lanes(F a, F b) { return add(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b)); }
  static F fold_pairs(F a, F b) {
    return add(_mm512_shuffle_ps(a, b, 0x44), _mm512_shuffle_ps(a, b, 0xee));
  }
  template <int kEven, int kOdd>
  static F fold_parts(F a, F b) {
    return add(_mm512_shuffle_f32x4(a, b, kEven), _mm512_shuffle_f32x4(a, b, kOdd));
  }
};

}  // namespace

MsDeformAttnKernels<float> ms_deform_attn_avx512() { return {&forward<Avx512>, &backward<Avx512>}; }

}  // namespace saccade
