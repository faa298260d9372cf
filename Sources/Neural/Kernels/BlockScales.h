// Scales within a block, for the unpacking and for the kernels of products.
#pragma once
#include <stdint.h>
#include <string.h>

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
