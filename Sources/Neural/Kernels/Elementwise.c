#include "Rows.h"
#include "Vector.h"

#define BINARY(NAME, OP)                                                                             \
  CLONES void pk_##NAME(const float *restrict a, const float *restrict b, float *restrict y, size_t n) { \
    for (size_t i = 0; i < n; i++) y[i] = a[i] OP b[i];                                              \
  }                                                                                                  \
  CLONES void pk_##NAME##_row(                                                                       \
    const float *restrict a, const float *restrict b, float *restrict y, size_t rows, size_t columns) { \
    for (size_t r = 0; r < rows; r++)                                                                \
      for (size_t i = 0; i < columns; i++) y[r * columns + i] = a[r * columns + i] OP b[i];          \
  }
BINARY(add, +)
BINARY(subtract, -)
BINARY(multiply, *)
BINARY(divide, /)

CLONES void pk_scale(const float *restrict x, float a, float b, float *restrict y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = a * x[i] + b;
}
CLONES void pk_accumulate(const float *restrict x, float a, float *restrict y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}
CLONES void pk_accumulate_product(const float *restrict a, const float *restrict b, float *restrict y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] += a[i] * b[i];
}

#define UNARY(NAME, VALUE)                                                     \
  CLONES void pk_##NAME(const float *restrict input, float *restrict y, size_t n) { \
    for (size_t i = 0; i < n; i++) {                                           \
      float x = input[i];                                                      \
      y[i] = VALUE;                                                            \
    }                                                                          \
  }
#define GELU_INNER(X) (0.7978845608f * (X + 0.044715f * X * X * X))
UNARY(reciprocal, 1.0f / x)
UNARY(exp, pk_exp1(x))
UNARY(log, logf(x))
UNARY(sqrt, sqrtf(x))
UNARY(sigmoid, pk_sigmoid1(x))
UNARY(tanh, pk_tanh1(x))
UNARY(silu, x *pk_sigmoid1(x))
UNARY(gelu, 0.5f * x * (1.0f + pk_tanh1(GELU_INNER(x))))
UNARY(relu, x > 0 ? x : 0)
UNARY(softplus, (x > 0 ? x : 0) + log1pf(pk_exp1(x > 0 ? -x : x)))

// `x` is the input or the output of the function, as the header says.
#define GRADIENT(NAME, SLOPE)                                                  \
  CLONES void pk_d_##NAME(const float *restrict input, const float *restrict d_y, float *restrict d_x, size_t n) { \
    for (size_t i = 0; i < n; i++) {                                           \
      float x = input[i];                                                      \
      d_x[i] = d_y[i] * (SLOPE);                                               \
    }                                                                          \
  }
INLINE float silu_slope(float x) {
  float s = pk_sigmoid1(x);
  return s * (1.0f + x * (1.0f - s));
}
INLINE float gelu_slope(float x) {
  float t = pk_tanh1(GELU_INNER(x));
  return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * 0.7978845608f * (1.0f + 3.0f * 0.044715f * x * x);
}
GRADIENT(sigmoid, x *(1.0f - x))
GRADIENT(tanh, 1.0f - x * x)
GRADIENT(silu, silu_slope(x))
GRADIENT(gelu, gelu_slope(x))
GRADIENT(relu, x > 0 ? 1.0f : 0.0f)
