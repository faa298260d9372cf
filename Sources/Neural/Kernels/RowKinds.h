// Rows of keys and values as they are kept: 32-bit floats, bf16 or half precision, read as floats.
#pragma once
#include "Vector.h"
#include "include/Attention.h"

#pragma clang diagnostic ignored "-Wpsabi"  // everything here is inlined

typedef float pk_lanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint32_t pk_words __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint16_t pk_shorts __attribute__((vector_size(32), aligned(2), may_alias));

INLINE size_t pk_row_bytes(const pk_row_kind kind) { return kind == PK_ROWS_F32 ? 4 : 2; }

// Half precision, without the instruction for it: every body takes the same way, and so gives the same bits.
INLINE pk_lanes pk_half_lanes(pk_words x) {
  const pk_words magnitude = (x & 0x7fff) << 13;
  const pk_lanes scaled = (pk_lanes)magnitude * 0x1p112f;
  return (pk_lanes)((pk_words)scaled | ((pk_words)(magnitude >= 0x0f800000) & 0x7f800000u) | (x & 0x8000) << 16);
}

// Sixteen numbers from the i-th of a row on.
INLINE pk_lanes pk_row_lanes(const pk_row_kind kind, const void *row, size_t i) {
  if (kind == PK_ROWS_F32) return *(const pk_lanes *)((const float *)row + i);
  const pk_words x = __builtin_convertvector(*(const pk_shorts *)((const uint16_t *)row + i), pk_words);
  return kind == PK_ROWS_BF16 ? (pk_lanes)(x << 16) : pk_half_lanes(x);
}

// The i-th number of a row.
INLINE float pk_row_number(const pk_row_kind kind, const void *row, size_t i) {
  if (kind == PK_ROWS_F32) return ((const float *)row)[i];
  const uint32_t x = ((const uint16_t *)row)[i];
  uint32_t bits = x << 16;
  float y;
  if (kind == PK_ROWS_F16) {
    const uint32_t magnitude = (x & 0x7fff) << 13;
    memcpy(&y, &magnitude, 4);
    y *= 0x1p112f;
    memcpy(&bits, &y, 4);
    bits |= (magnitude >= 0x0f800000 ? 0x7f800000u : 0) | (x & 0x8000) << 16;
  }
  memcpy(&y, &bits, 4);
  return y;
}

INLINE void pk_row_floats(const pk_row_kind kind, const void *row, float *to, size_t count) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) *(pk_lanes *)(to + i) = pk_row_lanes(kind, row, i);
  for (; i < count; i++) to[i] = pk_row_number(kind, row, i);
}
