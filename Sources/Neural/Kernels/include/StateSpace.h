// The layers of state-space models, over some columns of rows that may be wider.
#pragma once
#include <stddef.h>

typedef struct {
  size_t steps;    // rows of the sequence
  size_t columns;  // of the block: at most 64
  size_t stride;   // from one row to the next
  size_t states;   // of each column; for convolutions: taps
} pk_sequence;

// y[t] = bias + sum over j of weight[j] * x[t - taps + 1 + j]; before the first row stand the `taps - 1` rows of
// `start`. Weights are [taps][stride]. bias may be NULL.
void pk_convolve(
  const pk_sequence *s, const float *x, const float *start, const float *weight, const float *bias, float *y);
// d_x is set; d_start, d_weight and d_bias (which may be NULL) are added to.
void pk_d_convolve(
  const pk_sequence *s, const float *x, const float *start, const float *weight, const float *d_y, float *d_x,
  float *d_start, float *d_weight, float *d_bias);

// h[t][c][n] = exp(delta[t][c] * a[c][n]) * h[t - 1][c][n] + delta[t][c] * x[t][c] * b[t][n],
// y[t][c] = sum over n of h[t][c][n] * c[t][n], + d[c] * x[t][c]. a, start and end are [columns][states], b and c
// [steps][states]. `scratch` holds pk_selective_scratch scalars; `kept`, where not NULL, all states
// [steps][states][columns].
size_t pk_selective_scratch(const pk_sequence *s);
void pk_selective_scan(
  const pk_sequence *s, const float *x, const float *delta, const float *a, const float *b, const float *c,
  const float *d, const float *start, float *y, float *end, float *scratch, float *kept);
// d_x, d_delta, d_b, d_c and d_start are set, d_a and d_d added to. d_y or d_end may be NULL, for zeros.
void pk_d_selective_scan(
  const pk_sequence *s, const float *x, const float *delta, const float *a, const float *b, const float *c,
  const float *d, const float *start, const float *kept, const float *d_y, const float *d_end, float *d_x,
  float *d_delta, float *d_a, float *d_b, float *d_c, float *d_d, float *d_start, float *scratch);
