// Elementwise functions of n floats, and functions of whole rows.
// Outputs never overlap inputs unless a comment says so; `d_` marks a gradient.
#pragma once
#include <stddef.h>

// y = a op b
void pk_add(const float *a, const float *b, float *y, size_t n);
void pk_subtract(const float *a, const float *b, float *y, size_t n);
void pk_multiply(const float *a, const float *b, float *y, size_t n);
void pk_divide(const float *a, const float *b, float *y, size_t n);

// y[r] = a[r] op b for every row r of `columns` floats
void pk_add_row(const float *a, const float *b, float *y, size_t rows, size_t columns);
void pk_subtract_row(const float *a, const float *b, float *y, size_t rows, size_t columns);
void pk_multiply_row(const float *a, const float *b, float *y, size_t rows, size_t columns);
void pk_divide_row(const float *a, const float *b, float *y, size_t rows, size_t columns);

// y = a x + b
void pk_scale(const float *x, float a, float b, float *y, size_t n);
// y += a x
void pk_accumulate(const float *x, float a, float *y, size_t n);
// y += a * b
void pk_accumulate_product(const float *a, const float *b, float *y, size_t n);
// y[column] += sum of a column of x; and of a column of x * z
void pk_sum_columns(const float *x, float *y, size_t rows, size_t columns);
void pk_sum_columns_product(const float *x, const float *z, float *y, size_t rows, size_t columns);
// y[row] = a * sum of a row
void pk_sum_rows(const float *x, float a, float *y, size_t rows, size_t columns);
float pk_sum(const float *x, size_t n);
float pk_dot(const float *a, const float *b, size_t n);

// y = 1 / x
void pk_reciprocal(const float *x, float *y, size_t n);
void pk_exp(const float *x, float *y, size_t n);
void pk_log(const float *x, float *y, size_t n);
void pk_sqrt(const float *x, float *y, size_t n);
void pk_sigmoid(const float *x, float *y, size_t n);
void pk_tanh(const float *x, float *y, size_t n);
void pk_silu(const float *x, float *y, size_t n);
void pk_gelu(const float *x, float *y, size_t n);
void pk_relu(const float *x, float *y, size_t n);
void pk_softplus(const float *x, float *y, size_t n);

// d_x = d_y * f'(…), from the output y where that is cheaper, else from the input x
void pk_d_sigmoid(const float *y, const float *d_y, float *d_x, size_t n);
void pk_d_tanh(const float *y, const float *d_y, float *d_x, size_t n);
void pk_d_silu(const float *x, const float *d_y, float *d_x, size_t n);
void pk_d_gelu(const float *x, const float *d_y, float *d_x, size_t n);
void pk_d_relu(const float *x, const float *d_y, float *d_x, size_t n);

// y = softmax of each row
void pk_softmax(const float *x, float *y, size_t rows, size_t columns);
void pk_d_softmax(const float *y, const float *d_y, float *d_x, size_t rows, size_t columns);
// y = x - log sum exp of its row
void pk_log_softmax(const float *x, float *y, size_t rows, size_t columns);
void pk_d_log_softmax(const float *y, const float *d_y, float *d_x, size_t rows, size_t columns);

// y = columns by rows
void pk_transpose(const float *x, float *y, size_t rows, size_t columns);

// One beat of waiting for another thread.
static inline void pk_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}
