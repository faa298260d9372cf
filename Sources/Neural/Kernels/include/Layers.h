// What the layers of a decoder do to whole rows, forward and backward.
#pragma once
#include <stddef.h>
#include <stdint.h>

// y = x / sqrt(mean(x²) + epsilon) * gain; `inverse` keeps each row's factor for the way back.
void pk_rms_norm(
  const float *x, const float *gain, float epsilon, float *y, float *inverse, size_t rows, size_t columns);
// d_gain is added to.
void pk_d_rms_norm(
  const float *x, const float *gain, const float *inverse, const float *d_y, float *d_x, float *d_gain, size_t rows,
  size_t columns);

// y = (x - mean) / sqrt(variance + epsilon) * gain + bias; `moments` keeps mean and factor of each row.
void pk_layer_norm(
  const float *x, const float *gain, const float *bias, float epsilon, float *y, float *moments, size_t rows,
  size_t columns);
// d_gain and d_bias are added to.
void pk_d_layer_norm(
  const float *x, const float *gain, const float *moments, const float *d_y, float *d_x, float *d_gain, float *d_bias,
  size_t rows, size_t columns);

// y = silu(gate) * up, for rows that may be parts of wider ones.
void pk_swiglu(const float *gate, const float *up, size_t stride, float *y, size_t rows, size_t columns);
void pk_d_swiglu(
  const float *gate, const float *up, size_t stride, const float *d_y, float *d_gate, float *d_up, size_t rows,
  size_t columns);

// Each head's pairs (i, i + half) turned by the angle of its row; sign -1 turns back. x may be y. The
// strides are from row to row.
void pk_rotate(
  const float *x, size_t x_stride, const float *cosines, const float *sines, float sign, float *y, size_t y_stride,
  size_t rows, size_t heads, size_t width, size_t half);

// y[r] = x[r][target] - log sum exp x[r]; log_sums keeps the latter. A negative target gives 0.
void pk_log_likelihood(
  const float *x, const int32_t *targets, float *y, float *log_sums, size_t rows, size_t columns);
void pk_d_log_likelihood(
  const float *x, const int32_t *targets, const float *log_sums, const float *d_y, float *d_x, size_t rows,
  size_t columns);
// The same slopes where the logits stand.
void pk_log_likelihood_slopes(
  float *x, const int32_t *targets, const float *log_sums, const float *d_y, size_t rows, size_t columns);

// h[t] = a[t] * h[t - 1] + b[t] over `steps` rows, columns apart; before the first stands `start`.
void pk_scan(const float *a, const float *b, const float *start, float *h, size_t steps, size_t columns);
// d_start carries the slope back: it is set.
void pk_d_scan(
  const float *a, const float *start, const float *h, const float *d_h, float *d_a, float *d_b, float *d_start,
  size_t steps, size_t columns);

// One step of AdamW on n scalars; `c1` and `c2` are the bias corrections 1 - beta^step.
typedef struct { float rate, beta1, beta2, epsilon, decay, c1, c2, gradient_scale; } pk_adam;
void pk_adam_step(pk_adam adam, const float *gradient, float *first, float *second, float *x, size_t n);
// The sum of squares, in double precision.
double pk_squares(const float *x, size_t n);
