// One register tile of a matrix product: 8 rows by 32 columns, sums in sixteen vector registers.
#pragma once
#include "Vector.h"

typedef float pk_lane __attribute__((ext_vector_type(16), aligned(4)));

enum { TILE_ROWS = 8, TILE_COLUMNS = 32, HALF_COLUMNS = 16 };

// c = (adds ? c : 0) + a·b with a[row * a_row + p * a_step] and b[p * b_row + column].
// The strides should be constants where they can be: then the addresses cost nothing.
INLINE void pk_tile(
  const float *a, size_t a_row, size_t a_step, const float *b, size_t b_row, float *c, size_t c_row, size_t depth,
  int adds) {
#pragma clang fp contract(fast)
  pk_lane sum[TILE_ROWS][2];
  for (int r = 0; r < TILE_ROWS; r++) {
    sum[r][0] = adds ? *(const pk_lane *)(c + r * c_row) : (pk_lane)0;
    sum[r][1] = adds ? *(const pk_lane *)(c + r * c_row + 16) : (pk_lane)0;
  }
  for (size_t p = 0; p < depth; p++) {
    pk_lane low = *(const pk_lane *)(b + p * b_row), high = *(const pk_lane *)(b + p * b_row + 16);
    for (int r = 0; r < TILE_ROWS; r++) {
      pk_lane x = (pk_lane)a[r * a_row + p * a_step];
      sum[r][0] += x * low;
      sum[r][1] += x * high;
    }
  }
  for (int r = 0; r < TILE_ROWS; r++) {
    *(pk_lane *)(c + r * c_row) = sum[r][0];
    *(pk_lane *)(c + r * c_row + 16) = sum[r][1];
  }
}

// The same for 16 columns: heads of small models are no wider, and half of a whole tile would be zeros.
INLINE void pk_half_tile(
  const float *a, size_t a_row, size_t a_step, const float *b, size_t b_row, float *c, size_t c_row, size_t depth,
  int adds) {
#pragma clang fp contract(fast)
  pk_lane sum[TILE_ROWS];
  for (int r = 0; r < TILE_ROWS; r++) sum[r] = adds ? *(const pk_lane *)(c + r * c_row) : (pk_lane)0;
  for (size_t p = 0; p < depth; p++) {
    pk_lane row = *(const pk_lane *)(b + p * b_row);
    for (int r = 0; r < TILE_ROWS; r++) sum[r] += (pk_lane)a[r * a_row + p * a_step] * row;
  }
  for (int r = 0; r < TILE_ROWS; r++) *(pk_lane *)(c + r * c_row) = sum[r];
}
