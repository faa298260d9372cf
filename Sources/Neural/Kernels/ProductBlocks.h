// Weights in blocks (BlockFormat.swift), sixteen at a time in registers. Included once by each variant's file, before
// ProductRows.h; it defines NAME, and HALF for half precision to single.
//
// A scale times a weight's bits is exact in single precision, so the result is that of pk_unpack_blocks, bit for bit.

#include "BlockScales.h"

typedef int32_t pk_i16 __attribute__((vector_size(64)));
typedef uint8_t pk_bytes16 __attribute__((vector_size(16), aligned(1)));

// Kinds whose blocks are multiplied in place. A sub-block of 32 has one scale, and an offset or none.
INLINE int NAME(in_blocks)(const int kind) { return kind >= PK_Q4_0; }

// Bytes from one row to the next.
INLINE size_t NAME(row_bytes)(const int kind, const pk_weights *w) {
  if (NAME(in_blocks)(kind)) return w->columns / pk_length_of(kind) * pk_bytes_of(kind);
  return w->stride * (kind == PK_F32 ? 4 : kind == PK_BF16 ? 2 : 1);
}

// Scale and offset of the 32 weights from column p on.
INLINE void NAME(scale_of)(const int kind, const char *row, size_t p, float *scale, float *offset) {
  const char *block = row + p / pk_length_of(kind) * pk_bytes_of(kind);
  *scale = HALF(block);
  *offset = 0;
  if (kind == PK_Q4_1) *offset = HALF(block + 2);
  if (kind == PK_Q4_K) {
    uint8_t six, minimum;
    pk_six_bits((const uint8_t *)block + 4, p / 32 % 8, &six, &minimum);
    *scale *= six;
    *offset = -(HALF(block + 2) * minimum);
  }
}

// The sixteen weights from column p on; `half` is p / 16 % 2.
INLINE v16 NAME(in_block)(const int kind, const char *row, size_t p, const int half, v16 scale, v16 offset) {
  const char *block = row + p / pk_length_of(kind) * pk_bytes_of(kind);
  if (kind == PK_Q8_0) return __builtin_convertvector(*(const b16 *)(block + 2 + 16 * half), v16) * scale;
  const char *halves = block + (kind == PK_Q4_0 ? 2 : 4);
  int shift = 4 * half;
  if (kind == PK_Q4_K) {
    halves = block + 16 + p % 256 / 64 * 32 + 16 * half;
    shift = p % 64 / 32 * 4;
  }
  const pk_i16 wide = __builtin_convertvector(*(const pk_bytes16 *)halves, pk_i16);
  const pk_i16 q = (wide >> shift) & 15;
  if (kind == PK_Q4_0) return __builtin_convertvector(q - 8, v16) * scale;
  return __builtin_convertvector(q, v16) * scale + offset;
}
