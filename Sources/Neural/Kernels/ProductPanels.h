// Many rows of x: both sides are laid out in panels of 32-bit words so that the inner loop reads
// straight on, and a tile of y stays in registers while STEPS words of x and w pass by. Included once by
// each variant's file, which defines NAME, TALL (rows of a tile) and WIDE (vectors across it).
//
// A word is one float, two bf16 or four bytes of neighbouring columns:
//   x: [panel of TALL rows][word][row]        w: [word][row of w], STEPS words of 16 * WIDE rows at a time
//
// Sums run along the columns in their order, in parts of STEPS words: the same for every cut of the work.

enum { STEPS = 256, BREADTH = 16 * WIDE, TALLEST_BLOCK = 672 };

INLINE int NAME(unit)(const pk_panel panel) { return panel == PK_PANEL_F32 ? 1 : panel == PK_PANEL_BF16 ? 2 : 4; }

INLINE size_t NAME(words)(const pk_panel panel, const pk_weights *w) {
  if (panel == PK_PANEL_INT8) return w->groups * w->group / 4;
  return panel == PK_PANEL_BF16 ? (w->columns + 1) / 2 : w->columns;
}

// 16 words of one row of w from a column on; what lies beyond the row's end is zero.
INLINE v16 NAME(words_of)(
    const pk_panel panel, const pk_kind kind, const pk_weights *w, const char *row, const float *scales, size_t column) {
  const size_t k = w->columns;
  if (panel == PK_PANEL_BF16) {
    if (column + 32 <= k) return *(const v16 *)(row + 2 * column);
    uint16_t rest[32] = {0};
    if (column < k) memcpy(rest, row + 2 * column, 2 * (k - column));
    v16 words;
    memcpy(&words, rest, 64);
    return words;
  }
  if (panel == PK_PANEL_INT8) {
    // Rows of int8 are filled up to whole groups, which are whole vectors. The instruction takes one
    // side unsigned: 128 is added here and taken off again through the sums of x.
    return (v16)((u16x)(*(const v16 *)(row + column)) ^ 0x80808080u);
  }
  if (NAME(in_blocks)(kind)) {
    if (column >= k) return pk_splat(0);
    float scale, offset;
    NAME(scale_of)(kind, row, column / 32 * 32, &scale, &offset);
    return NAME(in_block)(kind, row, column / 32 * 32, column / 16 % 2, pk_splat(scale), pk_splat(offset));
  }
  if (column + 16 <= k) {
    if (kind == PK_F32) return pk_load((const float *)row + column);
    if (kind == PK_BF16) return pk_widen16((const uint16_t *)row + column);
    return __builtin_convertvector(*(const b16 *)(row + column), v16) * pk_splat(scales[column / w->group]);
  }
  float rest[16] = {0};
  for (size_t p = column; p < k; p++) {
    rest[p - column] = kind == PK_F32 ? ((const float *)row)[p]
                     : kind == PK_BF16 ? pk_widen1(((const uint16_t *)row)[p])
                                       : (float)((const int8_t *)row)[p] * scales[p / w->group];
  }
  return pk_load(rest);
}

// Words first..<first + STEPS of BREADTH rows of w, transposed; rows from `count` on are zero.
INLINE void NAME(pack)(
    const pk_panel panel, const pk_kind kind, const pk_weights *w, size_t j, size_t count, size_t first, size_t steps,
    v16 *words) {
  const int unit = NAME(unit)(panel);
  const size_t bytes = NAME(row_bytes)(kind, w);
  for (int half = 0; half < WIDE; half++) {
    for (size_t s = 0; s < steps; s += 16) {
      v16 square[16];
#pragma unroll
      for (int r = 0; r < 16; r++) {
        const size_t row = j + half * 16 + r;
        if (half * 16 + r < (int)count) {
          square[r] = NAME(words_of)(
              panel, kind, w, (const char *)w->rows + row * bytes,
              kind == PK_INT8 ? w->scales + row * w->groups : 0, (first + s) * unit);
        } else {
          square[r] = pk_splat(0);
        }
      }
      pk_transpose16(square);
#pragma unroll
      for (int p = 0; p < 16; p++) words[(s + p) * WIDE + half] = square[p];
    }
  }
}

INLINE v16 NAME(multiply)(const pk_panel panel, v16 sum, v16 x, v16 w) {
#ifdef DOT_BF16
  if (panel == PK_PANEL_BF16) return DOT_BF16(sum, x, w);
#endif
  return sum + x * w;
}

// One tile of y: `rows` of x times BREADTH rows of w over `steps` words.
INLINE void NAME(tile)(
    const pk_panel panel, const int rows, const float *x, const v16 *words, size_t steps, int begins, float *y,
    size_t y_stride) {
  v16 sum[TALL * WIDE];
#pragma unroll
  for (int a = 0; a < rows; a++) {
#pragma unroll
    for (int b = 0; b < WIDE; b++) sum[a * WIDE + b] = begins ? pk_splat(0) : pk_load(y + a * y_stride + 16 * b);
  }
  for (size_t s = 0; s < steps; s++) {
    v16 here[WIDE];
#pragma unroll
    for (int b = 0; b < WIDE; b++) here[b] = words[s * WIDE + b];
#pragma unroll
    for (int a = 0; a < rows; a++) {
      const v16 value = pk_splat(x[s * TALL + a]);
#pragma unroll
      for (int b = 0; b < WIDE; b++) sum[a * WIDE + b] = NAME(multiply)(panel, sum[a * WIDE + b], value, here[b]);
    }
  }
#pragma unroll
  for (int a = 0; a < rows; a++) {
#pragma unroll
    for (int b = 0; b < WIDE; b++) *(v16 *)(y + a * y_stride + 16 * b) = sum[a * WIDE + b];
  }
}

#ifdef DOT_INT8
// The same for bytes: whole groups, whose integer sums are scaled and added up as floats. In front of a
// panel's words stand, for each group and row, the scale of x and -128 times the sum of x.
INLINE void NAME(tile_int8)(
    const int rows, const float *x, const v16 *words, const float *head, const v16 *scales, size_t steps, size_t group,
    int begins, float *y, size_t y_stride) {
  v16 total[TALL * WIDE];
#pragma unroll
  for (int a = 0; a < rows; a++) {
#pragma unroll
    for (int b = 0; b < WIDE; b++) total[a * WIDE + b] = begins ? pk_splat(0) : pk_load(y + a * y_stride + 16 * b);
  }
  for (size_t s = 0, g = 0; s < steps; g++) {
    v16 sum[TALL * WIDE];
    const float *scale = head + g * 2 * TALL, *start = scale + TALL;
#pragma unroll
    for (int a = 0; a < rows; a++) {
#pragma unroll
      for (int b = 0; b < WIDE; b++) sum[a * WIDE + b] = pk_splat(start[a]);
    }
    for (const size_t end = s + group / 4; s < end; s++) {
      v16 here[WIDE];
#pragma unroll
      for (int b = 0; b < WIDE; b++) here[b] = words[s * WIDE + b];
#pragma unroll
      for (int a = 0; a < rows; a++) {
        const v16 value = pk_splat(x[s * TALL + a]);
#pragma unroll
        for (int b = 0; b < WIDE; b++) sum[a * WIDE + b] = DOT_INT8(sum[a * WIDE + b], here[b], value);
      }
    }
#pragma unroll
    for (int a = 0; a < rows; a++) {
#pragma unroll
      for (int b = 0; b < WIDE; b++) {
        total[a * WIDE + b] += pk_from_integers(sum[a * WIDE + b]) * (scales[g * WIDE + b] * pk_splat(scale[a]));
      }
    }
  }
#pragma unroll
  for (int a = 0; a < rows; a++) {
#pragma unroll
    for (int b = 0; b < WIDE; b++) *(v16 *)(y + a * y_stride + 16 * b) = total[a * WIDE + b];
  }
}
#endif

// Floats of one panel of x.
INLINE size_t NAME(panel_floats)(const pk_panel panel, const pk_weights *w) {
  const size_t words = (NAME(words)(panel, w) + 15) / 16 * 16;
  return TALL * (words + (panel == PK_PANEL_INT8 ? 2 * w->groups : 0));
}

size_t NAME(panel_size)(pk_panel panel, const pk_weights *w, size_t m) {
  return (m + TALL - 1) / TALL * NAME(panel_floats)(panel, w);
}

size_t NAME(panel_rows)(void) { return TALL; }

// Sixteen words of one row of x from a column on; beyond the row's end they are zero. `inverse` is that
// of the scale; the sum of the bytes is added to `sum`.
INLINE v16 NAME(words_from)(const pk_panel panel, const float *x, size_t k, size_t column, float inverse, int32_t *sum) {
  const size_t need = 16 * NAME(unit)(panel);
  float rest[64];
  const float *here = x + column;
  if (column + need > k) {
    memset(rest, 0, sizeof rest);
    if (column < k) memcpy(rest, here, 4 * (k - column));
    here = rest;
  }
  if (panel == PK_PANEL_F32) return pk_load(here);
  if (panel == PK_PANEL_BF16) return pk_round_pairs(pk_load(here), pk_load(here + 16));
  int8_t bytes[64];
#pragma unroll
  for (int c = 0; c < 4; c++) *(b16 *)(bytes + 16 * c) = pk_round_bytes(pk_load(here + 16 * c) * inverse, sum);
  v16 words;
  memcpy(&words, bytes, 64);
  return words;
}

// The largest magnitude; NaN if a number is not finite, so that it is not lost among the bytes.
INLINE float NAME(largest)(const float *x, size_t n) {
  v16 most = pk_splat(0), doubt = pk_splat(0);
  for (size_t p = 0; p < n; p += 16) {
    float rest[16] = {0};
    if (p + 16 > n) memcpy(rest, x + p, 4 * (n - p));
    const v16 here = p + 16 > n ? pk_load(rest) : pk_load(x + p);
    most = __builtin_elementwise_max(most, __builtin_elementwise_abs(here));
    doubt += here * pk_splat(0);
  }
  return __builtin_reduce_max(most) + pk_sum16(doubt);
}

// Some rows of x, at most TALL, into one panel; the panel's other rows are zero.
INLINE void NAME(fill_panel)(const pk_panel panel, const pk_weights *w, const float *x, size_t rows, float *words) {
  const size_t k = w->columns, n = (NAME(words)(panel, w) + 15) / 16 * 16;
  const size_t unit = NAME(unit)(panel), group = panel == PK_PANEL_INT8 ? w->group / 4 : n;
  float *head = words;
  if (panel == PK_PANEL_INT8) words += 2 * w->groups * TALL;
  for (size_t begin = 0, g = 0; begin < n; begin += group, g++) {
    float inverse[TALL] = {0};
    int32_t sum[TALL] = {0};
    if (panel == PK_PANEL_INT8) {
      for (size_t a = 0; a < TALL; a++) {
        const size_t from = begin * unit, to = from + w->group < k ? from + w->group : k;
        const float most = a < rows ? NAME(largest)(x + a * k + from, to - from) : 0;
        head[g * 2 * TALL + a] = most / 127;
        inverse[a] = most > 0 ? 127 / most : 0;
      }
    }
    for (size_t s = begin; s < begin + group; s += 16) {
      v16 square[16];
#pragma unroll
      for (size_t a = 0; a < 16; a++)
        square[a] = a < TALL && a < rows
            ? NAME(words_from)(panel, x + a * k, k, s * unit, inverse[a < TALL ? a : 0], sum + (a < TALL ? a : 0))
            : pk_splat(0);
      pk_transpose16(square);
#pragma unroll
      for (size_t p = 0; p < 16; p++) memcpy(words + (s + p) * TALL, &square[p], 4 * TALL);
    }
    if (panel == PK_PANEL_INT8) {
      for (size_t a = 0; a < TALL; a++) sum[a] *= -128;
      memcpy(head + g * 2 * TALL + TALL, sum, 4 * TALL);
    }
  }
}

#define FILL(PANEL)                                                                                                    \
  static void NAME(fill_##PANEL)(const pk_weights *w, const float *x, size_t first, size_t count, float *panels) {      \
    const size_t floats = NAME(panel_floats)(PANEL, w);                                                                \
    for (size_t i = first; i < first + count; i += TALL) {                                                             \
      const size_t rows = first + count - i < TALL ? first + count - i : TALL;                                         \
      NAME(fill_panel)(PANEL, w, x + i * w->columns, rows, panels + i / TALL * floats);                                \
    }                                                                                                                  \
  }

FILL(PK_PANEL_F32)
#ifdef DOT_INT8
FILL(PK_PANEL_BF16)
FILL(PK_PANEL_INT8)
#endif

void NAME(panel_fill)(
    pk_panel panel, const pk_weights *w, const float *x, size_t first, size_t count, float *panels) {
  switch (panel) {
#ifdef DOT_INT8
  case PK_PANEL_BF16: NAME(fill_PK_PANEL_BF16)(w, x, first, count, panels); return;
  case PK_PANEL_INT8: NAME(fill_PK_PANEL_INT8)(w, x, first, count, panels); return;
#endif
  default: NAME(fill_PK_PANEL_F32)(w, x, first, count, panels); return;
  }
}

// One tile of `rows` rows, `wide` of whose columns exist.
INLINE void NAME(place)(
    const pk_panel panel, const int rows, const float *x, const v16 *words, const float *head, const v16 *scales,
    size_t steps, size_t group, int begins, float *y, size_t y_stride, size_t wide) {
  float aside[TALL * BREADTH];
  float *target = y;
  size_t stride = y_stride;
  if (wide < BREADTH) {
    target = aside;
    stride = BREADTH;
    for (int a = 0; a < rows && !begins; a++) memcpy(aside + a * BREADTH, y + a * y_stride, 4 * wide);
  }
#ifdef DOT_INT8
  if (panel == PK_PANEL_INT8)
    NAME(tile_int8)(rows, x, words, head, scales, steps, group, begins, target, stride);
  else
#endif
    NAME(tile)(panel, rows, x, words, steps, begins, target, stride);
  if (wide < BREADTH)
    for (int a = 0; a < rows; a++) memcpy(y + a * y_stride, aside + a * BREADTH, 4 * wide);
}

#define PLACE(PANEL, rows)                                                                                             \
  case rows: NAME(place)(PANEL, rows, x, words, head, scales, steps, group, begins, y, y_stride, wide); break;

// The tiles of a panel, once for all kinds of weights, which are packed alike: a compiler takes seconds for them.
#define PANEL_TILES(PANEL)                                                                                             \
  static __attribute__((noinline)) void NAME(tiles_##PANEL)(                                                           \
      size_t rows, const float *x, const v16 *words, const float *head, const v16 *scales, size_t steps, size_t group, \
      int begins, float *y, size_t y_stride, size_t wide) {                                                            \
    switch (rows) { PLACES(PANEL) }                                                                                    \
  }

PANEL_TILES(PK_PANEL_F32)
#ifdef DOT_INT8
PANEL_TILES(PK_PANEL_BF16)
PANEL_TILES(PK_PANEL_INT8)
#endif

// Blocks of rows of x that fit the second cache; parts of the columns; panels of w, packed once for
// each, that fit the first.
#define PRODUCT(PANEL, KIND)                                                                                           \
  static void NAME(product_##PANEL##KIND)(                                                                             \
      const pk_weights *w, size_t begin, size_t count, const float *panels, size_t m, float *y, size_t y_stride) {     \
    v16 words[STEPS * WIDE];                                                                                           \
    v16 scales[(STEPS / 16) * WIDE];                                                                                   \
    const size_t all = (NAME(words)(PANEL, w) + 15) / 16 * 16, floats = NAME(panel_floats)(PANEL, w);                  \
    const size_t heads = PANEL == PK_PANEL_INT8 ? 2 * w->groups * TALL : 0;                                            \
    const size_t unit = PANEL == PK_PANEL_INT8 ? w->group / 4 : 16, most = STEPS / unit * unit;                        \
    const size_t parts = (all + most - 1) / most, part = ((all + parts - 1) / parts + unit - 1) / unit * unit;         \
    const size_t blocks = (m + TALLEST_BLOCK - 1) / TALLEST_BLOCK;                                                     \
    const size_t block = ((m + blocks - 1) / blocks + TALL - 1) / TALL * TALL;                                         \
    for (size_t top = 0; top < m; top += block) {                                                                      \
      const size_t bottom = top + block < m ? top + block : m;                                                         \
      for (size_t first = 0; first < all; first += part) {                                                             \
        const size_t steps = first + part < all ? part : all - first;                                                  \
        for (size_t j = begin; j < begin + count; j += BREADTH) {                                                      \
          const size_t wide = begin + count - j < BREADTH ? begin + count - j : BREADTH;                               \
          NAME(pack)(PANEL, KIND, w, j, wide, first, steps, words);                                                    \
          if (PANEL == PK_PANEL_INT8) {                                                                                \
            for (size_t g = 0; g < steps / unit; g++)                                                                  \
              for (size_t b = 0; b < BREADTH; b++)                                                                     \
                ((float *)(scales + g * WIDE))[b] =                                                                    \
                    b < wide ? w->scales[(j + b) * w->groups + first / unit + g] : 0;                                  \
          }                                                                                                            \
          for (size_t i = top; i < bottom; i += TALL) {                                                                \
            const float *head = panels + i / TALL * floats, *x = head + heads + first * TALL;                          \
            head += PANEL == PK_PANEL_INT8 ? first / unit * 2 * TALL : 0;                                              \
            float *tile = y + i * y_stride + j;                                                                        \
            const size_t rows = bottom - i < TALL ? bottom - i : TALL;                                                 \
            NAME(tiles_##PANEL)(                                                                                       \
                rows, x, words, head, scales, steps, w->group, first == 0, tile, y_stride, wide);                      \
          }                                                                                                            \
        }                                                                                                              \
      }                                                                                                                \
    }                                                                                                                  \
  }

PRODUCT(PK_PANEL_F32, PK_F32)
PRODUCT(PK_PANEL_F32, PK_BF16)
PRODUCT(PK_PANEL_F32, PK_INT8)
PRODUCT(PK_PANEL_F32, PK_Q4_0)
PRODUCT(PK_PANEL_F32, PK_Q4_1)
PRODUCT(PK_PANEL_F32, PK_Q8_0)
PRODUCT(PK_PANEL_F32, PK_Q4_K)
#ifdef DOT_INT8
PRODUCT(PK_PANEL_BF16, PK_BF16)
PRODUCT(PK_PANEL_INT8, PK_INT8)
#endif

void NAME(product_panels)(
    pk_panel panel, const pk_weights *w, size_t first, size_t count, const float *panels, size_t m, float *y,
    size_t y_stride) {
#ifdef DOT_INT8
  if (panel == PK_PANEL_BF16) return NAME(product_PK_PANEL_BF16PK_BF16)(w, first, count, panels, m, y, y_stride);
  if (panel == PK_PANEL_INT8) return NAME(product_PK_PANEL_INT8PK_INT8)(w, first, count, panels, m, y, y_stride);
#endif
  switch (w->kind) {
  case PK_F32: NAME(product_PK_PANEL_F32PK_F32)(w, first, count, panels, m, y, y_stride); break;
  case PK_BF16: NAME(product_PK_PANEL_F32PK_BF16)(w, first, count, panels, m, y, y_stride); break;
  case PK_INT8: NAME(product_PK_PANEL_F32PK_INT8)(w, first, count, panels, m, y, y_stride); break;
  case PK_Q4_0: NAME(product_PK_PANEL_F32PK_Q4_0)(w, first, count, panels, m, y, y_stride); break;
  case PK_Q4_1: NAME(product_PK_PANEL_F32PK_Q4_1)(w, first, count, panels, m, y, y_stride); break;
  case PK_Q8_0: NAME(product_PK_PANEL_F32PK_Q8_0)(w, first, count, panels, m, y, y_stride); break;
  case PK_Q4_K: NAME(product_PK_PANEL_F32PK_Q4_K)(w, first, count, panels, m, y, y_stride); break;
  default: break; // other blocks are unpacked before
  }
}
