// Weights in blocks (BlockFormat.swift) times activations of eight bits: each row of x is rounded with a scale for every
// 32 columns, as llama.cpp rounds it, and whole numbers are multiplied. Included once by each variant's file, after
// ProductRows.h; it defines NAME, HALVES (sixteen half precision numbers to single), DOT_BYTES (sums of four
// products of bytes), ZERO_BYTE (what stands for 0 in the left bytes of Q8_0: the instruction may take them
// unsigned) and CHUNK (rows of x at a time).
//
// A vector has one lane for each of sixteen rows of w, so nothing is summed across lanes. Sixteen rows are laid out for
// STRIP blocks at a time, then used for all rows of x. A row of x is its bytes, a scale for each block, and a start for
// each block: scale times sum where blocks have offsets, else the whole number that the sum begins with.
//
// Whole numbers are exact, and floats are added in the order of the blocks: each y has the same bits whatever m, first and
// count are, and with all variants that have a fused multiply-add.

enum { STRIP = 16, SIXTEEN = 16, TALLEST_BYTES = 128 };

typedef struct {
  v16 words[8]; // four columns each
  v16 scale, offset;
} NAME(laid);

INLINE int NAME(has_offsets)(const int kind) { return kind == PK_Q4_1 || kind == PK_Q4_K; }

INLINE size_t NAME(bytes_floats)(const pk_weights *w) { return w->columns / 4 + w->columns / 32 * 2; }

size_t NAME(bytes_size)(const pk_weights *w, size_t m) { return m * NAME(bytes_floats)(w); }

INLINE void NAME(bytes_row)(const int kind, const pk_weights *w, const float *x, float *row) {
  const size_t blocks = w->columns / 32;
  int8_t *bytes = (int8_t *)row;
  float *scales = row + w->columns / 4, *starts = scales + blocks;
  for (size_t b = 0; b < blocks; b++) {
    const float *here = x + 32 * b;
    const float most = NAME(largest)(here, 32), inverse = most > 0 ? 127 / most : 0;
    int32_t sum = 0;
    *(b16 *)(bytes + 32 * b) = pk_round_bytes(pk_load(here) * inverse, &sum);
    *(b16 *)(bytes + 32 * b + 16) = pk_round_bytes(pk_load(here + 16) * inverse, &sum);
    scales[b] = most / 127;
    if (NAME(has_offsets)(kind)) {
      starts[b] = scales[b] * (float)sum;
    } else {
      const int32_t start = sum * (kind == PK_Q4_0 ? -8 : -ZERO_BYTE);
      memcpy(starts + b, &start, 4);
    }
  }
}

void NAME(bytes_fill)(const pk_weights *w, const float *x, size_t first, size_t count, float *rows) {
  for (size_t i = first; i < first + count; i++) {
    const float *here = x + i * w->columns;
    float *there = rows + i * NAME(bytes_floats)(w);
    switch (w->kind) {
    case PK_Q4_0: NAME(bytes_row)(PK_Q4_0, w, here, there); break;
    case PK_Q8_0: NAME(bytes_row)(PK_Q8_0, w, here, there); break;
    default: NAME(bytes_row)(PK_Q4_1, w, here, there); break;
    }
  }
}

// Four words at `offset` of each of sixteen rows, a word of all rows in each vector.
INLINE void NAME(square)(const char *const rows[16], size_t offset, v16 words[4]) {
  typedef float q4 __attribute__((vector_size(16), aligned(1)));
  typedef float q8 __attribute__((vector_size(32), aligned(1)));
  v16 lines[4];
#pragma unroll
  for (int g = 0; g < 4; g++) {
    const q4 a = *(const q4 *)(rows[g] + offset), b = *(const q4 *)(rows[4 + g] + offset);
    const q4 c = *(const q4 *)(rows[8 + g] + offset), d = *(const q4 *)(rows[12 + g] + offset);
    const q8 low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
    const q8 high = __builtin_shufflevector(c, d, 0, 1, 2, 3, 4, 5, 6, 7);
    lines[g] = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  }
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define FRONT(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define BACK(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
  const v16 a = LOW(lines[0], lines[1]), b = LOW(lines[2], lines[3]);
  const v16 c = HIGH(lines[0], lines[1]), d = HIGH(lines[2], lines[3]);
  words[0] = FRONT(a, b);
  words[1] = BACK(a, b);
  words[2] = FRONT(c, d);
  words[3] = BACK(c, d);
#undef LOW
#undef HIGH
#undef FRONT
#undef BACK
}

// Halves of the bytes of a word, shifted down.
INLINE v16 NAME(nibbles)(v16 word, const int shift) { return (v16)((u16x)word >> shift & 0x0f0f0f0fu); }

INLINE v16 NAME(float_of)(u16x whole) { return pk_from_integers((v16)whole); }

// `count` blocks of 32 columns of sixteen rows, the first of them block `first` of its row. For Q4_K, whole blocks of 256.
INLINE void NAME(lay)(const int kind, const char *const rows[16], size_t first, size_t count, NAME(laid) *laid) {
  const size_t bytes = pk_bytes_of(kind);
  if (kind == PK_Q4_K) {
    for (size_t b = 0; b < count; b += 8) {
      const size_t at = (first + b) / 8 * bytes;
      v16 head[4];
      NAME(square)(rows, at, head);
      const u16x both = (u16x)head[0], low = (u16x)head[1], middle = (u16x)head[2], high = (u16x)head[3];
      const v16 scale = HALVES(both & 0xffff), offset = -HALVES(both >> 16);
      // Six bits each: see pk_six_bits.
      const u16x scales[2] = {low & 0x3f3f3f3fu, (high & 0x0f0f0f0fu) | (low >> 2 & 0x30303030u)};
      const u16x offsets[2] = {middle & 0x3f3f3f3fu, (high >> 4 & 0x0f0f0f0fu) | (middle >> 2 & 0x30303030u)};
#pragma unroll
      for (int s = 0; s < 8; s += 2) {
        NAME(laid) *one = laid + b + s, *other = one + 1;
        one->scale = scale * NAME(float_of)(scales[s / 4] >> s % 4 * 8 & 0xff);
        one->offset = offset * NAME(float_of)(offsets[s / 4] >> s % 4 * 8 & 0xff);
        other->scale = scale * NAME(float_of)(scales[s / 4] >> (s + 1) % 4 * 8 & 0xff);
        other->offset = offset * NAME(float_of)(offsets[s / 4] >> (s + 1) % 4 * 8 & 0xff);
#pragma unroll
        for (int part = 0; part < 2; part++) {
          v16 words[4];
          NAME(square)(rows, at + 16 + 16 * s + 16 * part, words);
#pragma unroll
          for (int c = 0; c < 4; c++) {
            one->words[4 * part + c] = NAME(nibbles)(words[c], 0);
            other->words[4 * part + c] = NAME(nibbles)(words[c], 4);
          }
        }
      }
    }
    return;
  }
  uint32_t heads[STRIP][16];
  for (size_t b = 0; b < count; b++) {
#pragma unroll
    for (int r = 0; r < 16; r++) memcpy(&heads[b][r], rows[r] + (first + b) * bytes, 4);
  }
  for (size_t b = 0; b < count; b++) {
    const size_t at = (first + b) * bytes;
    u16x head;
    memcpy(&head, heads[b], 64);
    laid[b].scale = HALVES(head & 0xffff);
    v16 words[8];
    NAME(square)(rows, at + (kind == PK_Q4_1 ? 4 : 2), words);
    if (kind == PK_Q8_0) {
      NAME(square)(rows, at + 18, words + 4);
#pragma unroll
      for (int c = 0; c < 8; c++) laid[b].words[c] = (v16)((u16x)words[c] ^ ZERO_BYTE * 0x01010101u);
      continue;
    }
    if (kind == PK_Q4_1) laid[b].offset = HALVES(head >> 16);
#pragma unroll
    for (int c = 0; c < 4; c++) {
      laid[b].words[c] = NAME(nibbles)(words[c], 0);
      laid[b].words[4 + c] = NAME(nibbles)(words[c], 4);
    }
  }
}

// Some rows of x times what is laid out. `x` stands at the first block's bytes of a row, `scales` at its scale.
INLINE void NAME(chunk)(
    const int offsets, const int rows, const NAME(laid) *laid, size_t count, const float *x, const float *scales,
    const float *starts, size_t stride, v16 *totals, int begins) {
  v16 total[CHUNK];
#pragma unroll
  for (int a = 0; a < rows; a++) total[a] = begins ? pk_splat(0) : totals[a];
  for (size_t b = 0; b < count; b++) {
    v16 sum[CHUNK];
#pragma unroll
    for (int a = 0; a < rows; a++) sum[a] = offsets ? pk_splat(0) : pk_splat(starts[a * stride + b]);
#pragma unroll
    for (int c = 0; c < 8; c++) {
      const v16 words = laid[b].words[c];
#pragma unroll
      for (int a = 0; a < rows; a++) sum[a] = DOT_BYTES(sum[a], words, pk_splat(x[a * stride + 8 * b + c]));
    }
    const v16 scale = laid[b].scale, offset = laid[b].offset;
#pragma unroll
    for (int a = 0; a < rows; a++) {
      total[a] += pk_from_integers(sum[a]) * (scale * pk_splat(scales[a * stride + b]));
      if (offsets) total[a] += offset * pk_splat(starts[a * stride + b]);
    }
  }
#pragma unroll
  for (int a = 0; a < rows; a++) totals[a] = total[a];
}

#define CHUNK_OF(offsets, rows)                                                                                        \
  case rows:                                                                                                           \
    NAME(chunk)(offsets, rows, laid, count, x + i * stride, scales + i * stride, starts + i * stride, stride,          \
                totals + i, begins);                                                                                   \
    break;

#define CHUNKS_OF(name, offsets)                                                                                       \
  static void NAME(name)(                                                                                              \
      const NAME(laid) *laid, size_t count, const float *x, const float *scales, const float *starts, size_t stride,   \
      size_t m, v16 *totals, int begins) {                                                                             \
    for (size_t i = 0; i < m; i += CHUNK) {                                                                            \
      switch (m - i < CHUNK ? m - i : CHUNK) { CHUNKS(offsets) }                                                       \
    }                                                                                                                  \
  }

CHUNKS_OF(with_starts, 0)
CHUNKS_OF(with_offsets, 1)

#define BYTES(kind)                                                                                                    \
  static void NAME(bytes_##kind)(                                                                                      \
      const pk_weights *w, size_t first, size_t count, const float *x, size_t m, float *y, size_t y_stride) {          \
    NAME(laid) laid[STRIP];                                                                                            \
    v16 totals[TALLEST_BYTES];                                                                                         \
    const size_t stride = NAME(bytes_floats)(w), all = w->columns / 32, bytes = NAME(row_bytes)(kind, w);              \
    for (size_t j = first; j < first + count; j += SIXTEEN) {                                                          \
      const size_t wide = first + count - j < SIXTEEN ? first + count - j : SIXTEEN;                                   \
      const char *rows[16];                                                                                            \
      /* What lies beyond the last row is computed again and not used. */                                             \
      for (size_t r = 0; r < 16; r++) rows[r] = (const char *)w->rows + (j + (r < wide ? r : wide - 1)) * bytes;       \
      for (size_t top = 0; top < m; top += TALLEST_BYTES) {                                                            \
        const size_t tall = m - top < TALLEST_BYTES ? m - top : TALLEST_BYTES;                                         \
        for (size_t b = 0; b < all; b += STRIP) {                                                                      \
          const size_t n = all - b < STRIP ? all - b : STRIP;                                                          \
          const float *here = x + top * stride;                                                                        \
          NAME(prefetch)(rows, wide, bytes, b * bytes / all, n * bytes / all);                                         \
          NAME(lay)(kind, rows, b, n, laid);                                                                           \
          if (NAME(has_offsets)(kind))                                                                                 \
            NAME(with_offsets)(laid, n, here + 8 * b, here + 8 * all + b, here + 9 * all + b, stride, tall, totals,    \
                               b == 0);                                                                                \
          else                                                                                                         \
            NAME(with_starts)(laid, n, here + 8 * b, here + 8 * all + b, here + 9 * all + b, stride, tall, totals,     \
                              b == 0);                                                                                 \
        }                                                                                                              \
        for (size_t i = 0; i < tall; i++) memcpy(y + (top + i) * y_stride + j, totals + i, 4 * wide);                  \
      }                                                                                                                \
    }                                                                                                                  \
  }

// The next sixteen rows, while these are worked on: the processor does not follow sixteen rows side by side.
INLINE void NAME(prefetch)(const char *const rows[16], size_t wide, size_t bytes, size_t begin, size_t count) {
  if (wide < 16) return;
  for (size_t r = 0; r < 16; r++)
    for (size_t p = 0; p < count; p += 64) __builtin_prefetch(rows[r] + 16 * bytes + begin + p, 0, 2);
}

BYTES(PK_Q4_0)
BYTES(PK_Q4_1)
BYTES(PK_Q8_0)
BYTES(PK_Q4_K)

void NAME(product_bytes)(
    const pk_weights *w, size_t first, size_t count, const float *x, size_t m, float *y, size_t y_stride) {
  switch (w->kind) {
  case PK_Q4_0: NAME(bytes_PK_Q4_0)(w, first, count, x, m, y, y_stride); break;
  case PK_Q4_1: NAME(bytes_PK_Q4_1)(w, first, count, x, m, y, y_stride); break;
  case PK_Q8_0: NAME(bytes_PK_Q8_0)(w, first, count, x, m, y, y_stride); break;
  case PK_Q4_K: NAME(bytes_PK_Q4_K)(w, first, count, x, m, y, y_stride); break;
  default: break; // other blocks are unpacked before
  }
}
