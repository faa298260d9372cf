#include "RowKinds.h"

// To bf16: nearest, ties to even; NaN stays NaN.
INLINE uint16_t bf16_of(uint32_t bits) {
  const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? (bits >> 16) | 0x40 : rounded);
}

// To half precision: nearest, ties to even; what is too large becomes infinite, NaN stays NaN.
INLINE uint16_t half_of(uint32_t bits) {
  const uint32_t sign = bits & 0x80000000, magnitude = bits ^ sign;
  const uint32_t normal = (magnitude - (112u << 23) + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  // Below 2^-14 an addition rounds: its last bit is the smallest number of half precision.
  float small;
  memcpy(&small, &magnitude, 4);
  small += 0.5f;
  uint32_t tiny;
  memcpy(&tiny, &small, 4);
  tiny -= 0x3f000000;
  const uint32_t large = magnitude > 0x7f800000 ? 0x7e00 : 0x7c00;
  const uint32_t half = magnitude >= 0x47800000 ? large : magnitude < 0x38800000 ? tiny : normal;
  return (uint16_t)(half | sign >> 16);
}

CLONES void pk_write_row(pk_row_kind kind, const float *restrict x, void *restrict y, size_t n) {
  if (kind == PK_ROWS_F32) {
    memcpy(y, x, n * sizeof(float));
    return;
  }
  uint16_t *to = y;
  if (kind == PK_ROWS_BF16) {
    for (size_t i = 0; i < n; i++) {
      uint32_t bits;
      memcpy(&bits, x + i, 4);
      to[i] = bf16_of(bits);
    }
  } else {
    for (size_t i = 0; i < n; i++) {
      uint32_t bits;
      memcpy(&bits, x + i, 4);
      to[i] = half_of(bits);
    }
  }
}

CLONES void pk_read_row(pk_row_kind kind, const void *restrict x, float *restrict y, size_t n) {
  if (kind == PK_ROWS_F32)
    pk_row_floats(PK_ROWS_F32, x, y, n);
  else if (kind == PK_ROWS_BF16)
    pk_row_floats(PK_ROWS_BF16, x, y, n);
  else
    pk_row_floats(PK_ROWS_F16, x, y, n);
}
