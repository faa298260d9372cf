// Matrix products of many rows: the right side packed once, the left side read where it lies.
#pragma once
#include <stddef.h>

// Whether this processor has the vector registers that the tile is cut for; else a BLAS is faster.
int pk_has_tiles(void);

// Floats that a packed right side takes.
size_t pk_packed_size(size_t depth, size_t columns);
// Packs columns first..<last (first a multiple of 32) of b, [depth, columns] or turned [columns, depth],
// rows `stride` floats apart.
void pk_pack(
  const float *b, size_t stride, int turned, size_t depth, size_t columns, size_t first, size_t last, float *packed);

// c[rows, columns] = a·b, or c += a·b. a[r * a_row + p * a_step]; one of the two strides is 1.
void pk_multiply_packed(
  const float *a, size_t a_row, size_t a_step, const float *packed, float *c, size_t c_row, size_t rows,
  size_t columns, size_t depth, int adds);
