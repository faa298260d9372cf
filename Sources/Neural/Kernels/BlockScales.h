// Sizes of blocks and the scales in them, for the unpacking and for the kernels of products.
#pragma once
#include <stdint.h>
#include <string.h>

#include "include/Products.h"

static inline __attribute__((always_inline)) size_t pk_length_of(int kind) {
  switch (kind) {
  case PK_Q4_0: case PK_Q4_1: case PK_Q5_0: case PK_Q5_1: case PK_Q8_0: return 32;
  case PK_Q4_K: case PK_Q5_K: case PK_Q6_K: return 256;
  default: return 1;
  }
}

static inline __attribute__((always_inline)) size_t pk_bytes_of(int kind) {
  switch (kind) {
  case PK_Q4_0: return 18;  // d, 32 halves of bytes
  case PK_Q4_1: return 20;  // d, m, 32 halves
  case PK_Q5_0: return 22;  // d, 32 fifth bits, 32 halves
  case PK_Q5_1: return 24;  // d, m, 32 fifth bits, 32 halves
  case PK_Q8_0: return 34;  // d, 32 bytes
  case PK_Q4_K: return 144; // d, m, 8 pairs of six bits, 256 halves
  case PK_Q5_K: return 176; // d, m, 8 pairs of six bits, 256 fifth bits, 256 halves
  case PK_Q6_K: return 210; // 256 halves, 256 fifth and sixth bits, 16 scales, d
  default: return 0;
  }
}

// Half precision to single, exactly; without a branch. The exponent is moved by multiplying with 2^112, which also
// makes subnormals right.
static inline __attribute__((always_inline)) float pk_half(const void *place) {
  uint16_t half;
  memcpy(&half, place, 2);
  const uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13;
  float scaled;
  memcpy(&scaled, &magnitude, 4);
  scaled *= 0x1p112f;
  uint32_t bits;
  memcpy(&bits, &scaled, 4);
  bits |= (magnitude >= 0x0f800000 ? 0x7f800000u : 0) | (uint32_t)(half & 0x8000) << 16;
  memcpy(&scaled, &bits, 4);
  return scaled;
}

// Scale and minimum of sub-block j of a Q4_K or Q5_K block: six bits each, packed in twelve bytes.
static inline __attribute__((always_inline)) void pk_six_bits(
    const uint8_t *packed, int j, uint8_t *scale, uint8_t *minimum) {
  if (j < 4) {
    *scale = packed[j] & 63;
    *minimum = packed[j + 4] & 63;
  } else {
    *scale = (packed[j + 4] & 15) | (packed[j - 4] >> 6) << 4;
    *minimum = (packed[j + 4] >> 4) | (packed[j] >> 6) << 4;
  }
}
