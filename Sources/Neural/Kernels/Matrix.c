#include "Matrix.h"
#include "Tile.h"
#include "Turn.h"

// A panel of 32 columns and this depth, 32 KiB, stays in the nearest cache while a block of packed
// rows, 64 KiB, passes by it.
enum { DEPTH = 256, ROWS = 64 };

int pk_has_tiles(void) {
#if defined(__x86_64__) && defined(__linux__)
  return __builtin_cpu_supports("x86-64-v4");
#else
  return 0;
#endif
}

size_t pk_packed_size(size_t depth, size_t columns) {
  return (columns + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS * depth;
}

// packed[column / 32][p][column % 32]
CLONES void pk_pack(
  const float *b, size_t stride, int turned, size_t depth, size_t columns, size_t first, size_t last, float *packed) {
  for (size_t j = first; j < last; j += TILE_COLUMNS) {
    float *to = packed + j * depth;
    size_t count = columns - j < TILE_COLUMNS ? columns - j : TILE_COLUMNS;
    if (count < TILE_COLUMNS) memset(to, 0, TILE_COLUMNS * depth * sizeof(float));
    if (!turned) {
      if (count == TILE_COLUMNS)
        for (size_t p = 0; p < depth; p++) memcpy(to + p * TILE_COLUMNS, b + p * stride + j, TILE_COLUMNS * sizeof(float));
      else
        for (size_t p = 0; p < depth; p++) memcpy(to + p * TILE_COLUMNS, b + p * stride + j, count * sizeof(float));
      continue;
    }
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
      const float *rows[8];
      for (int r = 0; r < 8; r++) rows[r] = b + (j + i + r) * stride;
      size_t p = 0;
      for (; p + 8 <= depth; p += 8) pk_turn8(rows, p, to + p * TILE_COLUMNS + i, TILE_COLUMNS);
      for (; p < depth; p++)
        for (int r = 0; r < 8; r++) to[p * TILE_COLUMNS + i + r] = rows[r][p];
    }
    for (; i < count; i++)
      for (size_t p = 0; p < depth; p++) to[p * TILE_COLUMNS + i] = b[(j + i) * stride + p];
  }
}

// A tile that hangs over an edge of c goes through a buffer.
INLINE void edge(
  const float *a, size_t a_row, size_t a_step, const float *b, float *c, size_t c_row, size_t depth, size_t rows,
  size_t columns, int adds) {
  float tile[TILE_ROWS * TILE_COLUMNS];
  pk_tile(a, a_row, a_step, b, TILE_COLUMNS, tile, TILE_COLUMNS, depth, 0);
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < columns; i++)
      c[r * c_row + i] = (adds ? c[r * c_row + i] : 0) + tile[r * TILE_COLUMNS + i];
}

// to[row / 8][p][row % 8]: eight neighbours that the tile reads one after the other. Rows that lie one
// after the other in memory are read by the tile itself, but for the last ones that fill no tile.
INLINE void pack_left(const float *a, size_t a_row, size_t a_step, size_t rows, size_t depth, float *to) {
  size_t full = rows / TILE_ROWS * TILE_ROWS;
  if (a_step != 1)
    // Turned: whole lines of memory are read at once, not one panel's part of each.
    for (size_t p = 0; p < depth; p++)
      for (size_t r = 0; r < full; r += TILE_ROWS)
        memcpy(to + r * depth + p * TILE_ROWS, a + p * a_step + r, TILE_ROWS * sizeof(float));
  if (full == rows) return;
  float *panel = to + full * depth;
  memset(panel, 0, TILE_ROWS * depth * sizeof(float));
  for (size_t p = 0; p < depth; p++)
    for (size_t i = full; i < rows; i++) panel[p * TILE_ROWS + i - full] = a[i * a_row + p * a_step];
}

CLONES void pk_multiply_packed(
  const float *a, size_t a_row, size_t a_step, const float *packed, float *c, size_t c_row, size_t rows,
  size_t columns, size_t depth, int adds) {
  float left[ROWS * DEPTH] __attribute__((aligned(64)));
  if (depth == 0 && !adds)
    for (size_t r = 0; r < rows; r++) memset(c + r * c_row, 0, columns * sizeof(float));
  for (size_t start = 0; start < depth; start += DEPTH) {
    size_t deep = depth - start < DEPTH ? depth - start : DEPTH;
    int more = adds || start > 0;
    for (size_t top = 0; top < rows; top += ROWS) {
      size_t count = rows - top < ROWS ? rows - top : ROWS;
      const float *block = a + top * a_row + start * a_step;
      pack_left(block, a_row, a_step, count, deep, left);
      for (size_t j = 0; j < columns; j += TILE_COLUMNS) {
        const float *b = packed + j * depth + start * TILE_COLUMNS;
        size_t wide = columns - j < TILE_COLUMNS ? columns - j : TILE_COLUMNS;
        for (size_t r = 0; r < count; r += TILE_ROWS) {
          float *to = c + (top + r) * c_row + j;
          size_t high = count - r < TILE_ROWS ? count - r : TILE_ROWS;
          if (high < TILE_ROWS || wide < TILE_COLUMNS) {
            if (a_step == 1 && high == TILE_ROWS)
              edge(block + r * a_row, a_row, 1, b, to, c_row, deep, high, wide, more);
            else
              edge(left + r * deep, 1, TILE_ROWS, b, to, c_row, deep, high, wide, more);
          } else if (a_step == 1) {
            pk_tile(block + r * a_row, a_row, 1, b, TILE_COLUMNS, to, c_row, deep, more);
          } else {
            pk_tile(left + r * deep, 1, TILE_ROWS, b, TILE_COLUMNS, to, c_row, deep, more);
          }
        }
      }
    }
  }
}
