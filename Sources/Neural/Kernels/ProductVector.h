// Sixteen lanes in whatever registers the variant has, so that every variant sums in the same order.
#pragma clang diagnostic ignored "-Wpsabi" // everything here is inlined into functions of one variant
#pragma once
#define INLINE static inline __attribute__((always_inline))

typedef float v16 __attribute__((vector_size(64), aligned(4)));
typedef uint32_t u16x __attribute__((vector_size(64), aligned(4)));
typedef uint16_t h16 __attribute__((vector_size(32), aligned(2)));
typedef int8_t b16 __attribute__((vector_size(16), aligned(1)));

INLINE v16 pk_load(const float *p) { return *(const v16 *)p; }
INLINE v16 pk_splat(float x) { return (v16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

INLINE v16 pk_widen16(const uint16_t *p) {
  u16x wide = __builtin_convertvector(*(const h16 *)p, u16x) << 16;
  return (v16)wide;
}

// Half precision to single by the instruction that AVX2's and later processors have.
INLINE float pk_half_fast(const void *place) {
  _Float16 half;
  memcpy(&half, place, 2);
  return (float)half;
}

// Sixteen of them, in the low halves of words.
INLINE v16 pk_halves_fast(u16x words) {
  typedef _Float16 f16 __attribute__((vector_size(32)));
  return __builtin_convertvector((f16)__builtin_convertvector(words, h16), v16);
}

// The same for every processor, as pk_half.
INLINE v16 pk_halves(u16x words) {
  const u16x magnitude = (words & 0x7fff) << 13;
  const v16 scaled = (v16)magnitude * 0x1p112f;
  return (v16)((u16x)scaled | ((u16x)(magnitude >= 0x0f800000) & 0x7f800000u) | (words & 0x8000) << 16);
}

// Adds the four products of signed bytes in each word.
INLINE v16 pk_dot_bytes(v16 sum, v16 w, v16 x) {
  typedef int32_t i16 __attribute__((vector_size(64)));
  i16 total = (i16)sum;
#pragma unroll
  for (int shift = 0; shift < 32; shift += 8) total += ((i16)((u16x)w << shift) >> 24) * ((i16)((u16x)x << shift) >> 24);
  return (v16)total;
}

INLINE float pk_widen1(uint16_t x) {
  uint32_t bits = (uint32_t)x << 16;
  float y;
  memcpy(&y, &bits, 4);
  return y;
}

// How far ahead memory is asked for weights: 4 KB where they are read straight on, one row after the other;
// else whole blocks of so many bytes that make about 16 KB.
#define PK_PREFETCH(place, rows) rows == 1 ? __builtin_prefetch(place, 0, 3) : __builtin_prefetch(place, 0, 2)
INLINE size_t pk_ahead(size_t block, int rows) {
  if (rows == 1) return 4096;
  return block < 8192 ? 16384 / block * block : block;
}

// The tree: halves onto halves.
INLINE float pk_sum16(v16 v) {
  typedef float v8 __attribute__((vector_size(32)));
  typedef float v4 __attribute__((vector_size(16)));
  v8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  v4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
  return (b[0] + b[2]) + (b[1] + b[3]);
}

// To bf16: nearest, ties to even; NaN stays NaN.
INLINE uint16_t pk_round1(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? (bits >> 16) | 0x40 : rounded);
}

// 32 floats as 16 pairs of bf16, rounded likewise.
INLINE v16 pk_round_pairs(v16 low, v16 high) {
  const v16 even = __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const v16 odd = __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  const u16x a = (u16x)even, b = (u16x)odd;
  // A comparison gives all ones where it holds; NaN is not equal to itself.
  const u16x a_nan = (u16x)(even != even), b_nan = (u16x)(odd != odd);
  const u16x first = ((a + 0x7fff + ((a >> 16) & 1)) & ~a_nan) | ((a | 0x400000) & a_nan);
  const u16x second = ((b + 0x7fff + ((b >> 16) & 1)) & ~b_nan) | ((b | 0x400000) & b_nan);
  return (v16)((first >> 16) | (second & 0xffff0000u));
}

INLINE int32_t pk_nearest(float x) {
  const float shifted = x + 12582912.0f;
  int32_t bits;
  memcpy(&bits, &shifted, 4);
  return bits - 0x4B400000;
}

// To the nearest integers, ties to even, for |x| <= 127.
INLINE b16 pk_round_bytes(v16 x, int32_t *sum) {
  typedef int32_t i16 __attribute__((vector_size(64)));
  const i16 whole = (i16)(x + 12582912.0f) - 0x4B400000;
  *sum += __builtin_reduce_add(whole);
  return __builtin_convertvector(whole, b16);
}

INLINE v16 pk_from_integers(v16 x) {
  typedef int32_t i16 __attribute__((vector_size(64)));
  return __builtin_convertvector((i16)x, v16);
}

// Sixteen rows of sixteen words become columns: neighbours are exchanged at distances 1, 2, 4, 8.
#define PK_EXCHANGE(square, distance, low, high)                                                                       \
  _Pragma("unroll") for (int r = 0; r < 16; r++) {                                                                     \
    if (r & distance) continue;                                                                                        \
    const v16 a = square[r], b = square[r + distance];                                                                 \
    square[r] = low;                                                                                                   \
    square[r + distance] = high;                                                                                       \
  }
INLINE void pk_transpose16(v16 square[16]) {
  PK_EXCHANGE(
      square, 1, __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
      __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
  PK_EXCHANGE(
      square, 2, __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
      __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
  PK_EXCHANGE(
      square, 4, __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
      __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
  PK_EXCHANGE(
      square, 8, __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
      __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
}
