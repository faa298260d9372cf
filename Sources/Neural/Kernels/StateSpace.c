#include "StateSpace.h"
#include "Vector.h"

// The row before or in the sequence that tap j of step t reads.
INLINE const float *pk_tapped(const pk_sequence *s, const float *x, const float *start, size_t t, size_t j) {
  size_t at = t + j, before = s->states - 1;
  return at < before ? start + at * s->stride : x + (at - before) * s->stride;
}

CLONES void pk_convolve(
  const pk_sequence *s, const float *x, const float *start, const float *weight, const float *bias, float *y) {
  for (size_t t = 0; t < s->steps; t++) {
    float *out = y + t * s->stride;
    // A whole block of columns stays in registers while the taps pass by.
    if (s->columns == 64) {
      pk_sixteen sum[4];
      for (int k = 0; k < 4; k++) sum[k] = bias ? *(const pk_sixteen *)(bias + 16 * k) : (pk_sixteen)0;
      for (size_t j = 0; j < s->states; j++) {
        const float *in = pk_tapped(s, x, start, t, j), *w = weight + j * s->stride;
        for (int k = 0; k < 4; k++) sum[k] += *(const pk_sixteen *)(w + 16 * k) * *(const pk_sixteen *)(in + 16 * k);
      }
      for (int k = 0; k < 4; k++) *(pk_sixteen *)(out + 16 * k) = sum[k];
      continue;
    }
    if (bias)
      memcpy(out, bias, s->columns * sizeof(float));
    else
      memset(out, 0, s->columns * sizeof(float));
    for (size_t j = 0; j < s->states; j++) {
      const float *in = pk_tapped(s, x, start, t, j), *w = weight + j * s->stride;
#pragma clang loop vectorize(assume_safety)
      for (size_t i = 0; i < s->columns; i++) out[i] += w[i] * in[i];
    }
  }
}
CLONES void pk_d_convolve(
  const pk_sequence *s, const float *x, const float *start, const float *weight, const float *d_y, float *d_x,
  float *d_start, float *d_weight, float *d_bias) {
  size_t before = s->states - 1;
  for (size_t t = 0; t < s->steps; t++) memset(d_x + t * s->stride, 0, s->columns * sizeof(float));
  for (size_t t = 0; t < s->steps; t++) {
    const float *g = d_y + t * s->stride;
    if (d_bias)
      for (size_t i = 0; i < s->columns; i++) d_bias[i] += g[i];
    for (size_t j = 0; j < s->states; j++) {
      const float *in = pk_tapped(s, x, start, t, j), *w = weight + j * s->stride;
      float *out = t + j < before ? d_start + (t + j) * s->stride : d_x + (t + j - before) * s->stride;
      float *slope = d_weight + j * s->stride;
#pragma clang loop vectorize(assume_safety)
      for (size_t i = 0; i < s->columns; i++) {
        slope[i] += g[i] * in[i];
        out[i] += w[i] * g[i];
      }
    }
  }
}

// States beside columns, so that columns are the inner loop.
INLINE void pk_turned(const float *x, float *y, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < columns; i++) y[i * rows + r] = x[r * columns + i];
}

size_t pk_selective_scratch(const pk_sequence *s) { return 4 * s->states * s->columns; }

CLONES void pk_selective_scan(
  const pk_sequence *s, const float *x, const float *delta, const float *a, const float *b, const float *c,
  const float *d, const float *start, float *y, float *end, float *scratch, float *kept) {
  const size_t columns = s->columns, states = s->states, size = states * columns;
  float *rates = scratch, *h = scratch + size;
  pk_turned(a, rates, columns, states);
  pk_turned(start, h, columns, states);
  for (size_t t = 0; t < s->steps; t++) {
    const float *in = x + t * s->stride, *dt = delta + t * s->stride;
    float *out = y + t * s->stride;
    for (size_t i = 0; i < columns; i++) out[i] = d[i] * in[i];
    for (size_t n = 0; n < states; n++) {
      const float *rate = rates + n * columns, bn = b[t * states + n], cn = c[t * states + n];
      float *now = h + n * columns;
#pragma clang loop vectorize(assume_safety)
      for (size_t i = 0; i < columns; i++) {
        now[i] = pk_exp1(dt[i] * rate[i]) * now[i] + dt[i] * in[i] * bn;
        out[i] += now[i] * cn;
      }
    }
    if (kept) memcpy(kept + t * size, h, size * sizeof(float));
  }
  pk_turned(h, end, states, columns);
}

CLONES void pk_d_selective_scan(
  const pk_sequence *s, const float *x, const float *delta, const float *a, const float *b, const float *c,
  const float *d, const float *start, const float *kept, const float *d_y, const float *d_end, float *d_x,
  float *d_delta, float *d_a, float *d_b, float *d_c, float *d_d, float *d_start, float *scratch) {
  REASSOCIATE
  const size_t columns = s->columns, states = s->states, size = states * columns;
  float *rates = scratch, *first = scratch + size, *slopes = scratch + 2 * size, *d_rates = scratch + 3 * size;
  pk_turned(a, rates, columns, states);
  pk_turned(start, first, columns, states);
  if (d_end) pk_turned(d_end, slopes, columns, states);
  else memset(slopes, 0, size * sizeof(float));
  memset(d_rates, 0, size * sizeof(float));
  for (size_t t = s->steps; t-- > 0;) {
    const float *in = x + t * s->stride, *dt = delta + t * s->stride;
    const float *before = t == 0 ? first : kept + (t - 1) * size, *now = kept + t * size;
    float *to_x = d_x + t * s->stride, *to_delta = d_delta + t * s->stride;
    float g[64];
    for (size_t i = 0; i < columns; i++) {
      g[i] = d_y ? d_y[t * s->stride + i] : 0;
      to_x[i] = d[i] * g[i];
      to_delta[i] = 0;
      d_d[i] += g[i] * in[i];
    }
    for (size_t n = 0; n < states; n++) {
      const float bn = b[t * states + n], cn = c[t * states + n];
      const float *rate = rates + n * columns, *old = before + n * columns, *new = now + n * columns;
      float *slope = slopes + n * columns, *to_rate = d_rates + n * columns;
      float to_b = 0, to_c = 0;
#pragma clang loop vectorize(assume_safety)
      for (size_t i = 0; i < columns; i++) {
        float h = slope[i] + g[i] * cn, stays = pk_exp1(dt[i] * rate[i]), pull = h * old[i] * stays;
        to_c += g[i] * new[i];
        to_b += h * dt[i] * in[i];
        to_rate[i] += pull * dt[i];
        to_delta[i] += pull * rate[i] + h * in[i] * bn;
        to_x[i] += h * dt[i] * bn;
        slope[i] = h * stays;
      }
      d_b[t * states + n] = to_b;
      d_c[t * states + n] = to_c;
    }
  }
  pk_turned(slopes, d_start, states, columns);
  for (size_t i = 0; i < columns; i++)
    for (size_t n = 0; n < states; n++) d_a[i * states + n] += d_rates[n * columns + i];
}
