// Blocks of weights to floats. Loops are plain: a compiler vectorises them, and the products read blocks by themselves.
#include "include/Blocks.h"

#include "BlockScales.h"

size_t pk_block_length(pk_kind kind) { return pk_length_of(kind); }

size_t pk_block_bytes(pk_kind kind) { return pk_bytes_of(kind); }

// Byte j of the halves has weight j below and weight j + 16 above.
static void q4_0(const uint8_t *block, float *y) {
  const float d = pk_half(block);
  for (int j = 0; j < 16; j++) {
    y[j] = d * (float)((block[2 + j] & 15) - 8);
    y[j + 16] = d * (float)((block[2 + j] >> 4) - 8);
  }
}

static void q4_1(const uint8_t *block, float *y) {
  const float d = pk_half(block), m = pk_half(block + 2);
  for (int j = 0; j < 16; j++) {
    y[j] = d * (float)(block[4 + j] & 15) + m;
    y[j + 16] = d * (float)(block[4 + j] >> 4) + m;
  }
}

static void q5_0(const uint8_t *block, float *y) {
  const float d = pk_half(block);
  uint32_t high;
  memcpy(&high, block + 2, 4);
  for (int j = 0; j < 16; j++) {
    y[j] = d * (float)((int)((block[6 + j] & 15) | (high >> j & 1) << 4) - 16);
    y[j + 16] = d * (float)((int)((block[6 + j] >> 4) | (high >> (j + 16) & 1) << 4) - 16);
  }
}

static void q5_1(const uint8_t *block, float *y) {
  const float d = pk_half(block), m = pk_half(block + 2);
  uint32_t high;
  memcpy(&high, block + 4, 4);
  for (int j = 0; j < 16; j++) {
    y[j] = d * (float)((block[8 + j] & 15) | (high >> j & 1) << 4) + m;
    y[j + 16] = d * (float)((block[8 + j] >> 4) | (high >> (j + 16) & 1) << 4) + m;
  }
}

static void q8_0(const uint8_t *block, float *y) {
  const float d = pk_half(block);
  for (int j = 0; j < 32; j++) y[j] = d * (float)(int8_t)block[2 + j];
}

// Thirty-two bytes have one sub-block below and the next above.
static void q4_k(const uint8_t *block, float *y) {
  const float d = pk_half(block), m = pk_half(block + 2);
  for (int j = 0; j < 8; j++) {
    uint8_t scale, minimum;
    pk_six_bits(block + 4, j, &scale, &minimum);
    const float by = d * scale, less = m * minimum;
    const uint8_t *halves = block + 16 + j / 2 * 32;
    for (int l = 0; l < 32; l++) y[32 * j + l] = by * (float)(halves[l] >> j % 2 * 4 & 15) - less;
  }
}

static void q5_k(const uint8_t *block, float *y) {
  const float d = pk_half(block), m = pk_half(block + 2);
  for (int j = 0; j < 8; j++) {
    uint8_t scale, minimum;
    pk_six_bits(block + 4, j, &scale, &minimum);
    const float by = d * scale, less = m * minimum;
    const uint8_t *high = block + 16, *halves = block + 48 + j / 2 * 32;
    for (int l = 0; l < 32; l++)
      y[32 * j + l] = by * (float)((halves[l] >> j % 2 * 4 & 15) | (high[l] >> j & 1) << 4) - less;
  }
}

// Of 128 weights, byte l of 64 halves has weight l below and l + 64 above; two bits of byte l of 32 belong to each of
// the weights l, l + 32, l + 64 and l + 96.
static void q6_k(const uint8_t *block, float *y) {
  const float d = pk_half(block + 208);
  for (int n = 0; n < 2; n++) {
    const uint8_t *halves = block + 64 * n, *high = block + 128 + 32 * n;
    const int8_t *scales = (const int8_t *)block + 192 + 8 * n;
    for (int part = 0; part < 4; part++) {
      for (int l = 0; l < 32; l++) {
        const int low = halves[part % 2 * 32 + l] >> part / 2 * 4 & 15;
        const int q = (low | (high[l] >> 2 * part & 3) << 4) - 32;
        y[128 * n + 32 * part + l] = d * scales[2 * part + l / 16] * (float)q;
      }
    }
  }
}

void pk_unpack_blocks(pk_kind kind, const void *blocks, float *y, size_t count) {
  const uint8_t *block = blocks;
  const size_t length = pk_block_length(kind), bytes = pk_block_bytes(kind);
#define UNPACK(number, function)                                                                                       \
  case number:                                                                                                         \
    for (size_t n = 0; n < count; n += length, block += bytes) function(block, y + n);                                 \
    return;
  switch (kind) {
    UNPACK(PK_Q4_0, q4_0)
    UNPACK(PK_Q4_1, q4_1)
    UNPACK(PK_Q5_0, q5_0)
    UNPACK(PK_Q5_1, q5_1)
    UNPACK(PK_Q8_0, q8_0)
    UNPACK(PK_Q4_K, q4_k)
    UNPACK(PK_Q5_K, q5_k)
    UNPACK(PK_Q6_K, q6_k)
  default: return;
  }
}
