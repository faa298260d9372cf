// The vector kernels as each level of x86-64 gets them, so that a test can run those that this processor would
// not choose.
#pragma once
#include "CKernels.h"

#define PK_EACH(DO) \
  DO(add) DO(subtract) DO(multiply) DO(divide) DO(add_row) DO(subtract_row) \
  DO(multiply_row) DO(divide_row) DO(scale) DO(accumulate) DO(accumulate_product) DO(reciprocal) \
  DO(exp) DO(log) DO(sqrt) DO(sigmoid) DO(tanh) DO(silu) \
  DO(gelu) DO(relu) DO(softplus) DO(d_sigmoid) DO(d_tanh) DO(d_silu) \
  DO(d_gelu) DO(d_relu) DO(sum_columns) DO(sum_columns_product) DO(sum_rows) DO(sum) \
  DO(dot) DO(softmax) DO(d_softmax) DO(log_softmax) DO(d_log_softmax) DO(transpose) \
  DO(rms_norm) DO(d_rms_norm) DO(layer_norm) DO(d_layer_norm) DO(swiglu) DO(d_swiglu) \
  DO(rotate) DO(log_likelihood) DO(d_log_likelihood) DO(log_likelihood_slopes) DO(scan) DO(d_scan) \
  DO(adam_step) DO(squares) DO(attend_scratch) DO(d_attend_scratch) DO(attend) DO(d_attend) DO(write_row) DO(read_row) \
  DO(convolve) DO(d_convolve) DO(selective_scratch) DO(selective_scan) DO(d_selective_scan) \
  DO(packed_size) DO(pack) DO(multiply_packed)

#define PK_FIELD(name) __typeof__(&pk_##name) name;
typedef struct { PK_EACH(PK_FIELD) } pk_bodies;

// With nothing but what every x86-64 has; with AVX2 and FMA; and those that run here.
const pk_bodies *pk_baseline_bodies(void);
const pk_bodies *pk_avx2_bodies(void);
const pk_bodies *pk_active_bodies(void);
// Whether this processor can run the second.
int pk_has_avx2_bodies(void);
