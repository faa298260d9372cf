// What the kernels share: function multiversioning and the branch-free exponential.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(CLONES)
// A test asks for one body.
#elif defined(__x86_64__) && defined(__linux__)
// `arch=` levels bring FMA; plain "avx2" would not.
#define CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))
// Float sums are only vectorised where their order may change; the order is then fixed per machine.
#define REASSOCIATE _Pragma("clang fp reassociate(on) contract(fast)")

// exp for |x| < 87, relative error 2e-7: Cody-Waite reduction and a polynomial of degree six.
// Below -87.3 the result is that of -87.3 (1.2e-38), above 88 that of 88; NaN stays NaN.
INLINE float pk_exp1(float x) {
  float bounded = x < -87.3f ? -87.3f : x;
  bounded = bounded > 88.0f ? 88.0f : bounded;
  float n = bounded * 1.44269504088896341f + 12582912.0f; // rounds to nearest in the low mantissa bits
  int32_t bits;
  memcpy(&bits, &n, 4);
  n -= 12582912.0f;
  float r = bounded - n * 0.693359375f;
  r += n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t power = (int32_t)((uint32_t)(bits - 0x4B400000 + 127) << 23);
  float scale;
  memcpy(&scale, &power, 4);
  return p * scale;
}

INLINE float pk_sigmoid1(float x) { return 1.0f / (1.0f + pk_exp1(-x)); }

// 1 - 2 / (e^2x + 1) loses digits near zero, where the odd polynomial is exact enough.
INLINE float pk_tanh1(float x) {
  float a = x < 0 ? -x : x;
  float e = pk_exp1(-2.0f * a);
  float far = (1.0f - e) / (1.0f + e);
  float s = x * x;
  float near = a * (1.0f + s * (-0.333333333f + s * (0.133333333f + s * (-0.0539682540f + s * 0.0218694885f))));
  float t = a < 0.2f ? near : far;
  return x < 0 ? -t : t;
}

typedef float pk_sixteen __attribute__((ext_vector_type(16), aligned(4), may_alias));

// The largest of sixteen, by halves.
INLINE float pk_largest(pk_sixteen x) {
  pk_sixteen y = __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  x = y > x ? y : x;
  y = __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  x = y > x ? y : x;
  y = __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  x = y > x ? y : x;
  y = __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  x = y > x ? y : x;
  return x[0];
}

// A float maximum is not reassociated, so 64 lanes are kept by hand.
INLINE float pk_max1(const float *x, size_t n) {
  float m = x[0];
  size_t i = 0;
  if (n >= 64) {
    float lane[64];
    for (int j = 0; j < 64; j++) lane[j] = x[j];
    for (i = 64; i + 64 <= n; i += 64)
      for (int j = 0; j < 64; j++) lane[j] = x[i + j] > lane[j] ? x[i + j] : lane[j];
    for (int j = 0; j < 64; j++) m = lane[j] > m ? lane[j] : m;
  }
  for (; i < n; i++) m = x[i] > m ? x[i] : m;
  return m;
}
