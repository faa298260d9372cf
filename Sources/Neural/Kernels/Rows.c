#include "Rows.h"
#include "Vector.h"

CLONES void pk_sum_columns(const float *restrict x, float *restrict y, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < columns; i++) y[i] += x[r * columns + i];
}
CLONES void pk_sum_columns_product(
  const float *restrict x, const float *restrict z, float *restrict y, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < columns; i++) y[i] += x[r * columns + i] * z[r * columns + i];
}
CLONES void pk_sum_rows(const float *restrict x, float a, float *restrict y, size_t rows, size_t columns) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    float sum = 0;
    for (size_t i = 0; i < columns; i++) sum += x[r * columns + i];
    y[r] = a * sum;
  }
}
CLONES float pk_sum(const float *x, size_t n) {
  REASSOCIATE
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i];
  return sum;
}
CLONES float pk_dot(const float *a, const float *b, size_t n) {
  REASSOCIATE
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

CLONES void pk_softmax(const float *restrict x, float *restrict y, size_t rows, size_t columns) {
  REASSOCIATE
  if (columns == 0) return;
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns;
    float *out = y + r * columns;
    float m = pk_max1(in, columns), sum = 0;
    for (size_t i = 0; i < columns; i++) {
      float e = pk_exp1(in[i] - m);
      // The exponential is bounded below; what is masked must weigh nothing at all.
      e = in[i] == -INFINITY ? 0 : e;
      out[i] = e;
      sum += e;
    }
    float k = 1.0f / sum;
    for (size_t i = 0; i < columns; i++) out[i] *= k;
  }
}
CLONES void pk_d_softmax(
  const float *restrict y, const float *restrict d_y, float *restrict d_x, size_t rows, size_t columns) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    const float *p = y + r * columns, *g = d_y + r * columns;
    float dot = 0;
    for (size_t i = 0; i < columns; i++) dot += p[i] * g[i];
    for (size_t i = 0; i < columns; i++) d_x[r * columns + i] = p[i] * (g[i] - dot);
  }
}
CLONES void pk_log_softmax(const float *restrict x, float *restrict y, size_t rows, size_t columns) {
  REASSOCIATE
  if (columns == 0) return;
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns;
    float m = pk_max1(in, columns), sum = 0;
    for (size_t i = 0; i < columns; i++) sum += in[i] == -INFINITY ? 0 : pk_exp1(in[i] - m);
    float shift = m + logf(sum);
    for (size_t i = 0; i < columns; i++) y[r * columns + i] = in[i] - shift;
  }
}
CLONES void pk_d_log_softmax(
  const float *restrict y, const float *restrict d_y, float *restrict d_x, size_t rows, size_t columns) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    const float *p = y + r * columns, *g = d_y + r * columns;
    float sum = 0;
    for (size_t i = 0; i < columns; i++) sum += g[i];
    for (size_t i = 0; i < columns; i++)
      d_x[r * columns + i] = g[i] - (p[i] == -INFINITY ? 0 : pk_exp1(p[i])) * sum;
  }
}

// In blocks that stay in the nearest cache.
CLONES void pk_transpose(const float *restrict x, float *restrict y, size_t rows, size_t columns) {
  enum { BLOCK = 32 };
  for (size_t r = 0; r < rows; r += BLOCK)
    for (size_t c = 0; c < columns; c += BLOCK) {
      size_t bottom = r + BLOCK < rows ? r + BLOCK : rows, right = c + BLOCK < columns ? c + BLOCK : columns;
      for (size_t j = c; j < right; j++)
        for (size_t i = r; i < bottom; i++) y[j * rows + i] = x[i * columns + j];
    }
}
