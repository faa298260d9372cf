// Products of bf16 on the tile registers of AMX: x is rounded to bf16; weights are bf16, or blocks that are unpacked and
// rounded to bf16, at most 2^-9 of each off. Included once, after ProductBytes.h and with WIDE = 2.
//
// One instruction multiplies sixteen rows with sixteen rows over 32 columns. Of its two sides the left lies in rows, the
// right in pairs of columns, transposed.
//
//   few rows of x:  w to the left where it lies, x to the right, and y comes out transposed
//   many:           x to the left, w to the right in parts that stay in the first cache, y as it is
//
// The sums of few rows run over the even and the odd steps of 32 columns, then are added; those of many run on. Each y has
// the same bits whatever m (few or many), first and count are.

// PART words of 32 rows of w are used for all rows of x.
enum { TILE = 256, PART = 512 };

typedef struct {
  uint8_t palette, start, reserved[14];
  uint16_t columns[16];
  uint8_t rows[16];
} NAME(tile_shapes);

// Eight tiles of sixteen rows of 64 bytes.
INLINE void NAME(begin_tiles)(void) {
  NAME(tile_shapes) shapes = {.palette = 1};
  for (int t = 0; t < 8; t++) shapes.columns[t] = 64, shapes.rows[t] = 16;
  _tile_loadconfig(&shapes);
}

INLINE size_t NAME(tile_steps)(const pk_weights *w) { return (w->columns + 31) / 32; }

size_t NAME(tiles_size)(const pk_weights *w, size_t m) { return (m + 15) / 16 * NAME(tile_steps)(w) * TILE; }

// Sixteen rows of x, or the last ones: [step][row][16 pairs], for few rows [step][pair][16 rows].
void NAME(tiles_fill)(const pk_weights *w, const float *x, size_t m, size_t first, size_t count, float *tiles) {
  const size_t k = w->columns, steps = NAME(tile_steps)(w);
  int32_t unused = 0;
  for (size_t i = first; i < first + count; i += 16) {
    v16 *to = (v16 *)(tiles + i / 16 * steps * TILE);
    for (size_t s = 0; s < steps; s++) {
      v16 square[16];
#pragma unroll
      for (size_t a = 0; a < 16; a++)
        square[a] = i + a < m ? NAME(words_from)(PK_PANEL_BF16, x + (i + a) * k, k, s * 32, 0, &unused) : pk_splat(0);
      if (m <= 16) pk_transpose16(square);
#pragma unroll
      for (size_t a = 0; a < 16; a++) to[s * 16 + a] = square[a];
    }
  }
}

// Sixteen rows of w from a column on, in a place of their own: rows from `count` on and columns beyond the end are zero.
INLINE void NAME(tile_aside)(const pk_weights *w, size_t j, size_t count, size_t column, v16 *aside) {
  for (size_t r = 0; r < 16; r++)
    aside[r] =
        r < count
            ? NAME(words_of)(PK_PANEL_BF16, PK_BF16, w, (const char *)w->rows + (j + r) * w->stride * 2, 0, column)
            : pk_splat(0);
}

// y of at most sixteen rows of x: `sums` are those of sixteen rows of w.
INLINE void NAME(tile_out)(const v16 *even, const v16 *odd, size_t wide, size_t m, float *y, size_t y_stride) {
  v16 square[16];
#pragma unroll
  for (int r = 0; r < 16; r++) square[r] = even[r] + odd[r];
  pk_transpose16(square);
  for (size_t i = 0; i < m; i++) memcpy(y + i * y_stride, &square[i], 4 * wide);
}

// m <= 16, w in bf16.
static void NAME(tiles_few)(
    const pk_weights *w, size_t first, size_t count, const float *x, size_t m, float *y, size_t y_stride) {
  const size_t steps = NAME(tile_steps)(w), whole = w->columns / 32, stride = w->stride * 2;
  const size_t ahead = 32 * stride;
  v16 aside[16], sums[4][16];
  NAME(begin_tiles)();
  for (size_t j = first; j < first + count; j += 32) {
    const size_t wide = first + count - j < 32 ? first + count - j : 32;
    const char *low = (const char *)w->rows + j * stride, *high = low + 16 * stride;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t s = 0; s < steps; s++) {
      const int isOdd = s % 2;
      _tile_loadd(4, x + s * TILE, 64);
      if (wide >= 16 && s < whole) {
        _tile_loadd(6, low + 64 * s, stride);
        for (int r = 0; r < 16; r++) __builtin_prefetch(low + 64 * s + ahead + r * stride, 0, 2);
      } else {
        NAME(tile_aside)(w, j, wide < 16 ? wide : 16, 32 * s, aside);
        _tile_loadd(6, aside, 64);
      }
      if (isOdd) _tile_dpbf16ps(2, 6, 4); else _tile_dpbf16ps(0, 6, 4);
      if (wide <= 16) continue;
      if (wide == 32 && s < whole) {
        _tile_loadd(7, high + 64 * s, stride);
        for (int r = 0; r < 16; r++) __builtin_prefetch(high + 64 * s + ahead + r * stride, 0, 2);
      } else {
        NAME(tile_aside)(w, j + 16, wide - 16, 32 * s, aside);
        _tile_loadd(7, aside, 64);
      }
      if (isOdd) _tile_dpbf16ps(3, 7, 4); else _tile_dpbf16ps(1, 7, 4);
    }
    _tile_stored(0, sums[0], 64);
    _tile_stored(2, sums[1], 64);
    NAME(tile_out)(sums[0], sums[1], wide < 16 ? wide : 16, m, y + j, y_stride);
    if (wide <= 16) continue;
    _tile_stored(1, sums[2], 64);
    _tile_stored(3, sums[3], 64);
    NAME(tile_out)(sums[2], sums[3], wide - 16, m, y + j + 16, y_stride);
  }
  _tile_release();
}

// Two floats of each lane as one word, rounded to the nearest, ties away from zero.
INLINE v16 NAME(paired)(v16 even, v16 odd) {
  return (v16)(((u16x)even + 0x8000) >> 16 | (((u16x)odd + 0x8000) & 0xffff0000u));
}

// Words first..<first + steps of 32 rows of blocks, transposed; rows from `count` on are zero.
INLINE void NAME(pack_blocks)(
    const int kind, const pk_weights *w, size_t j, size_t count, size_t first, size_t steps, v16 *words) {
  const size_t bytes = NAME(row_bytes)(kind, w);
  NAME(laid) laid[STRIP];
  for (size_t half = 0; half < 2; half++) {
    if (16 * half >= count) {
      for (size_t s = 0; s < steps; s++) words[2 * s + half] = pk_splat(0);
      continue;
    }
    const size_t wide = count - 16 * half < 16 ? count - 16 * half : 16;
    const char *rows[16];
    for (size_t r = 0; r < 16; r++)
      rows[r] = (const char *)w->rows + (j + 16 * half + (r < wide ? r : wide - 1)) * bytes;
    for (size_t b = 0; b < steps / 16; b++) {
      const size_t left = steps / 16 - b;
      if (b % STRIP == 0) NAME(lay)(kind, rows, first / 16 + b, left < STRIP ? left : STRIP, laid);
      const v16 scale = laid[b % STRIP].scale;
      const v16 offset =
          NAME(has_offsets)(kind) ? laid[b % STRIP].offset : scale * pk_splat(kind == PK_Q4_0 ? -8 : -ZERO_BYTE);
      v16 *to = words + b * 32 + half;
#pragma unroll
      for (int c = 0; c < 8; c++) {
        const u16x four = (u16x)laid[b % STRIP].words[c];
        to[4 * c] = NAME(paired)(
            NAME(float_of)(four & 0xff) * scale + offset, NAME(float_of)(four >> 8 & 0xff) * scale + offset);
        to[4 * c + 2] = NAME(paired)(
            NAME(float_of)(four >> 16 & 0xff) * scale + offset, NAME(float_of)(four >> 24) * scale + offset);
      }
    }
  }
}

// 32 rows of x times 32 rows of w over `steps` steps. `tall` and `wide` of them exist.
INLINE void NAME(tile_square)(
    const float *top, const float *bottom, const v16 *words, size_t steps, int begins, float *y, size_t y_stride,
    size_t tall, size_t wide) {
  float aside[32 * 32];
  float *target = y;
  size_t stride = y_stride;
  if (tall < 32 || wide < 32) {
    target = aside;
    stride = 32;
    for (size_t i = 0; i < tall && !begins; i++) memcpy(aside + 32 * i, y + i * y_stride, 4 * wide);
  }
  if (begins) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  } else {
    _tile_loadd(0, target, 4 * stride);
    _tile_loadd(1, target + 16, 4 * stride);
    _tile_loadd(2, target + 16 * stride, 4 * stride);
    _tile_loadd(3, target + 16 * stride + 16, 4 * stride);
  }
  // Rows of y lie pages apart: those of the next square are asked for now.
  if (tall == 32) {
    for (int i = 32; i < 64; i++) {
      __builtin_prefetch(y + i * y_stride, 1, 3);
      __builtin_prefetch(y + i * y_stride + 16, 1, 3);
    }
  }
  for (size_t s = 0; s < steps; s++) {
    _tile_loadd(4, top + s * TILE, 64);
    _tile_loadd(6, words + s * 32, 128);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, words + s * 32 + 1, 128);
    _tile_dpbf16ps(1, 4, 7);
    _tile_loadd(5, bottom + s * TILE, 64);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, target, 4 * stride);
  _tile_stored(1, target + 16, 4 * stride);
  _tile_stored(2, target + 16 * stride, 4 * stride);
  _tile_stored(3, target + 16 * stride + 16, 4 * stride);
  if (tall < 32 || wide < 32)
    for (size_t i = 0; i < tall; i++) memcpy(y + i * y_stride, aside + 32 * i, 4 * wide);
}

#define TILES(kind)                                                                                                    \
  static void NAME(tiles_##kind)(                                                                                      \
      const pk_weights *w, size_t begin, size_t count, const float *tiles, size_t m, float *y, size_t y_stride) {      \
    v16 words[PART * WIDE];                                                                                           \
    const size_t all = NAME(tile_steps)(w), unit = kind == PK_Q4_K ? 8 : 1, most = PART / 16;                         \
    const size_t parts = (all + most - 1) / most, part = ((all + parts - 1) / parts + unit - 1) / unit * unit;         \
    const size_t blocks = (m + TALLEST_BLOCK - 1) / TALLEST_BLOCK, block = ((m + blocks - 1) / blocks + 31) / 32 * 32; \
    NAME(begin_tiles)();                                                                                               \
    for (size_t top = 0; top < m; top += block) {                                                                      \
      const size_t bottom = top + block < m ? top + block : m;                                                         \
      for (size_t first = 0; first < all; first += part) {                                                             \
        const size_t steps = first + part < all ? part : all - first;                                                  \
        for (size_t j = begin; j < begin + count; j += 32) {                                                           \
          const size_t wide = begin + count - j < 32 ? begin + count - j : 32;                                         \
          if (kind == PK_BF16)                                                                                         \
            NAME(pack)(PK_PANEL_BF16, PK_BF16, w, j, wide, 16 * first, 16 * steps, words);                             \
          else                                                                                                         \
            NAME(pack_blocks)(kind, w, j, wide, 16 * first, 16 * steps, words);                                        \
          for (size_t i = top; i < bottom; i += 32) {                                                                  \
            const size_t tall = bottom - i < 32 ? bottom - i : 32;                                                     \
            const float *here = tiles + (i / 16 * all + first) * TILE, *next = tall > 16 ? here + all * TILE : here;   \
            NAME(tile_square)(here, next, words, steps, first == 0, y + i * y_stride + j, y_stride, tall, wide);       \
          }                                                                                                            \
        }                                                                                                              \
      }                                                                                                                \
    }                                                                                                                  \
    _tile_release();                                                                                                   \
  }

TILES(PK_BF16)
TILES(PK_Q4_0)
TILES(PK_Q4_1)
TILES(PK_Q8_0)
TILES(PK_Q4_K)

void NAME(product_tiles)(
    const pk_weights *w, size_t first, size_t count, const float *tiles, size_t m, float *y, size_t y_stride) {
  if (w->kind == PK_BF16 && m <= 16) return NAME(tiles_few)(w, first, count, tiles, m, y, y_stride);
  switch (w->kind) {
  case PK_BF16: NAME(tiles_PK_BF16)(w, first, count, tiles, m, y, y_stride); break;
  case PK_Q4_0: NAME(tiles_PK_Q4_0)(w, first, count, tiles, m, y, y_stride); break;
  case PK_Q4_1: NAME(tiles_PK_Q4_1)(w, first, count, tiles, m, y, y_stride); break;
  case PK_Q8_0: NAME(tiles_PK_Q8_0)(w, first, count, tiles, m, y, y_stride); break;
  case PK_Q4_K: NAME(tiles_PK_Q4_K)(w, first, count, tiles, m, y, y_stride); break;
  default: break; // products of other weights do not come here
  }
}

// Rounds of four products of whole tiles in registers: see ProductPeak.h.
size_t NAME(tiles_peak)(size_t rounds, float *sum) {
  v16 tile[16];
  for (int r = 0; r < 16; r++) tile[r] = pk_splat(0);
  NAME(begin_tiles)();
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, tile, 64);
  _tile_loadd(5, tile, 64);
  _tile_loadd(6, tile, 64);
  _tile_loadd(7, tile, 64);
  for (size_t r = 0; r < rounds; r++) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
    __asm__ volatile("" : "+m"(rounds)); // each round is done
  }
  _tile_stored(0, tile, 64);
  _tile_release();
  *sum = pk_sum16(tile[0]);
  return 4 * 16 * 16 * 32 * 2;
}
