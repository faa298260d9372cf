// Eight rows of eight floats turned in registers.
#pragma once
#include "Vector.h"

typedef float pk_eight __attribute__((ext_vector_type(8), aligned(4)));

// to[p * to_row + r] = x[r][p] for r, p in 0..<8.
INLINE void pk_turn8(const float *const x[8], size_t at, float *to, size_t to_row) {
  pk_eight a[8], b[8];
  for (int r = 0; r < 8; r++) a[r] = *(const pk_eight *)(x[r] + at);
  for (int r = 0; r < 8; r += 2) {
    b[r] = __builtin_shufflevector(a[r], a[r + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    b[r + 1] = __builtin_shufflevector(a[r], a[r + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int r = 0; r < 8; r += 4)
    for (int k = 0; k < 2; k++) {
      a[r + k] = __builtin_shufflevector(b[r + k], b[r + k + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      a[r + k + 2] = __builtin_shufflevector(b[r + k], b[r + k + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (int k = 0; k < 4; k++) {
    pk_eight low = __builtin_shufflevector(a[k], a[k + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    pk_eight high = __builtin_shufflevector(a[k], a[k + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    *(pk_eight *)(to + k * to_row) = low;
    *(pk_eight *)(to + (k + 4) * to_row) = high;
  }
}
