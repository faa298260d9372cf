#include "Attention.h"
#include "AttendOne.h"
#include "RowKinds.h"
#include "Tile.h"
#include "Turn.h"

// Rows are pairs of a position and a head of the group, position first: row = position * group + head.
// Keys come in blocks. Widths are padded with zeros to halves of tiles, rows to whole panels of eight, so
// that the tile kernel never meets a remainder.
enum { FORWARD_KEYS = 128, BACKWARD_KEYS = 64, BACKWARD_ROWS = 32 };
// Below every score, above what overflows when subtracted.
#define LEAST -1e30f

// c += a·b for all columns of a head.
INLINE void add_tiles(
  const float *a, size_t a_row, size_t a_step, const float *b, float *c, size_t width, size_t depth) {
  size_t i = 0;
  for (; i + TILE_COLUMNS <= width; i += TILE_COLUMNS) pk_tile(a, a_row, a_step, b + i, width, c + i, width, depth, 1);
  if (i < width) pk_half_tile(a, a_row, a_step, b + i, width, c + i, width, depth, 1);
}
INLINE size_t up(size_t n, size_t to) { return (n + to - 1) / to * to; }
INLINE size_t least(size_t a, size_t b) { return a < b ? a : b; }

// Pointers to this head's part of the rows start..<start + count.
INLINE void find(const pk_attention *s, const pk_run *runs, size_t start, size_t count, float **rows) {
  const size_t size = pk_row_bytes(s->rows);
  while (start >= runs->count) start -= runs->count, runs++;
  for (size_t j = 0; j < count; j++, start++) {
    while (start == runs->count) start = 0, runs++;
    rows[j] = (float *)((char *)runs->first + (start * runs->stride + s->key_offset) * size);
  }
}
// The same rows as floats: where they lie, or read into `room`.
INLINE void widen(const pk_attention *s, float **rows, size_t count, float *room) {
  if (s->rows == PK_ROWS_F32) return;
  for (size_t j = 0; j < count; j++, room += s->width) {
    if (s->rows == PK_ROWS_BF16)
      pk_row_floats(PK_ROWS_BF16, rows[j], room, s->width);
    else
      pk_row_floats(PK_ROWS_F16, rows[j], room, s->width);
    rows[j] = room;
  }
}

// The keys that a row may see lie in from..<to beyond the extra ones.
typedef struct { size_t from, to; } Sight;
INLINE Sight sight(const pk_attention *s, size_t row) {
  size_t end = s->first + row / s->group + 1;
  return (Sight){s->sliding_window && end > s->sliding_window ? end - s->sliding_window : 0, end};
}

size_t pk_attend_scratch(const pk_attention *s) {
  size_t rows = up(s->queries * s->group, TILE_ROWS), width = up(s->width, HALF_COLUMNS);
  if (s->together > 1) return s->together * (PK_ATTEND_ONE_KEYS + 2);
  size_t widened = s->rows == PK_ROWS_F32 ? 0 : FORWARD_KEYS * s->width;
  return 2 * rows * width + 2 * rows + 2 * FORWARD_KEYS * width + TILE_ROWS * FORWARD_KEYS + widened;
}
size_t pk_d_attend_scratch(const pk_attention *s) {
  size_t rows = up(s->queries * s->group, BACKWARD_ROWS), width = up(s->width, HALF_COLUMNS);
  return 5 * rows * width + 2 * rows + 5 * BACKWARD_KEYS * width + 2 * BACKWARD_ROWS * BACKWARD_KEYS;
}

// Where the head of a row begins.
INLINE size_t place(const pk_attention *s, size_t stride, size_t row) {
  return s->group == 1 ? row * stride : row / s->group * stride + row % s->group * s->width;
}
// to[p * stride + i] = scale * from[i][p] for eight rows.
INLINE void turn_rows(const float *const from[8], size_t width, float scale, float *to, size_t stride) {
  size_t p = 0;
  for (; p + 8 <= width; p += 8) pk_turn8(from, p, to + p * stride, stride);
  for (; p < width; p++)
    for (int i = 0; i < 8; i++) to[p * stride + i] = from[i][p];
  if (scale != 1)
    for (p = 0; p < width; p++)
      for (int i = 0; i < 8; i++) to[p * stride + i] *= scale;
}
// panel[row / 8][p][row % 8] = scale * x; rows and widths beyond are zero.
INLINE void pack_panels(
  const pk_attention *s, const float *x, size_t stride, float scale, float *panel, size_t padded_rows, size_t width) {
  size_t rows = s->queries * s->group;
  for (size_t row = 0; row < padded_rows; row += TILE_ROWS) {
    float *to = panel + row * width;
    if (row + TILE_ROWS > rows || s->width < width) memset(to, 0, TILE_ROWS * width * sizeof(float));
    const float *from[TILE_ROWS];
    if (row + TILE_ROWS <= rows) {
      for (int i = 0; i < TILE_ROWS; i++) from[i] = x + place(s, stride, row + i);
      turn_rows(from, s->width, scale, to, TILE_ROWS);
    } else {
      for (size_t i = 0; row + i < rows; i++)
        for (size_t p = 0; p < s->width; p++) to[p * TILE_ROWS + i] = scale * x[place(s, stride, row + i) + p];
    }
  }
}
INLINE void pack_rows(
  const pk_attention *s, const float *x, size_t stride, float scale, float *to, size_t padded_rows, size_t width) {
  size_t rows = s->queries * s->group;
  for (size_t row = 0; row < padded_rows; row++) {
    float *line = to + row * width;
    if (row >= rows || s->width < width) memset(line, 0, width * sizeof(float));
    if (row >= rows) continue;
    const float *from = x + place(s, stride, row);
    for (size_t p = 0; p < s->width; p++) line[p] = scale * from[p];
  }
}
// to[p][j] = rows[j][p], and to[j][p] = rows[j][p]; what lies beyond is zero.
INLINE void pack_turned(
  const pk_attention *s, float *const *rows, size_t count, size_t block, float *to, size_t width) {
  if (count < block || s->width < width) memset(to, 0, block * width * sizeof(float));
  size_t j = 0;
  for (; j + 8 <= count; j += 8) {
    const float *from[8];
    for (int k = 0; k < 8; k++) from[k] = rows[j + k];
    turn_rows(from, s->width, 1, to + j, block);
  }
  for (; j < count; j++)
    for (size_t p = 0; p < s->width; p++) to[p * block + j] = rows[j][p];
}
INLINE void pack_straight(
  const pk_attention *s, float *const *rows, size_t count, size_t block, float *to, size_t width) {
  if (count < block || s->width < width) memset(to, 0, block * width * sizeof(float));
  for (size_t j = 0; j < count; j++) memcpy(to + j * width, rows[j], s->width * sizeof(float));
}

// Masks a row of scores of the keys start..<start + count: all but the extra ones and those in sight.
INLINE void mask(const pk_attention *s, float *scores, size_t row, size_t start, size_t count) {
  Sight seen = sight(s, row);
  const size_t hidden[2][2] = {{s->extra, s->extra + seen.from}, {s->extra + seen.to, start + count}};
  for (int i = 0; i < 2; i++)
    for (size_t key = hidden[i][0] > start ? hidden[i][0] : start; key < least(hidden[i][1], start + count); key++)
      scores[key - start] = -INFINITY;
}
// What of the keys start..<start + count rows first..<last see: nothing, all, or some.
typedef enum { NOTHING, ALL, SOME } View;
INLINE View view(const pk_attention *s, size_t first, size_t last, size_t start, size_t count) {
  Sight low = sight(s, first), high = sight(s, last - 1);
  size_t end = start + count;
  int inside_extra = end <= s->extra;
  if (inside_extra) return ALL;
  if (start >= s->extra && (start >= s->extra + high.to || end <= s->extra + low.from)) return NOTHING;
  int all = end <= s->extra + low.to && (high.from == 0 || (start >= s->extra + high.from));
  return all ? ALL : SOME;
}

CLONES void pk_attend(
  const pk_attention *s, const float *queries, const pk_run *keys, const pk_run *values, float *out,
  float *log_sums, float *scratch) {
  REASSOCIATE
  if (s->queries == 1 && s->group * (PK_ATTEND_ONE_KEYS + 2) <= pk_attend_scratch(s)) {
    pk_attend_one(s, queries, keys, values, out, log_sums, scratch);
    return;
  }
  const size_t rows = s->queries * s->group, padded = up(rows, TILE_ROWS), width = up(s->width, HALF_COLUMNS);
  const size_t total = s->extra + s->first + s->queries;
  float *q = scratch, *o = q + padded * width, *m = o + padded * width, *l = m + padded;
  float *k = l + padded, *v = k + FORWARD_KEYS * width, *scores = v + FORWARD_KEYS * width;
  float *widened = scores + TILE_ROWS * FORWARD_KEYS;
  pack_panels(s, queries, s->query_stride, s->scale, q, padded, width);
  memset(o, 0, padded * width * sizeof(float));
  for (size_t row = 0; row < padded; row++) m[row] = LEAST, l[row] = 0;

  for (size_t start = 0; start < total; start += FORWARD_KEYS) {
    size_t count = least(FORWARD_KEYS, total - start);
    if (view(s, 0, rows, start, count) == NOTHING) continue;
    float *found[FORWARD_KEYS];
    find(s, keys, start, count, found);
    widen(s, found, count, widened);
    pack_turned(s, found, count, FORWARD_KEYS, k, width);
    find(s, values, start, count, found);
    widen(s, found, count, widened);
    pack_straight(s, found, count, FORWARD_KEYS, v, width);
    for (size_t row = 0; row < rows; row += TILE_ROWS) {
      size_t last = least(row + TILE_ROWS, rows);
      View seen = view(s, row, last, start, count);
      if (seen == NOTHING) continue;
      // Of a block on the diagonal only the columns that the last row sees.
      size_t end = s->extra + sight(s, last - 1).to;
      size_t used = up(least(count, end - start), TILE_COLUMNS);
      for (size_t j = 0; j < used; j += TILE_COLUMNS)
        pk_tile(q + row * width, 1, TILE_ROWS, k + j, FORWARD_KEYS, scores + j, FORWARD_KEYS, s->width, 0);
      for (size_t r = 0; r < TILE_ROWS; r++) {
        float *p = scores + r * FORWARD_KEYS;
        if (row + r >= rows) {
          for (size_t j = 0; j < used; j++) p[j] = 0;
          continue;
        }
        if (seen == SOME || used > count) mask(s, p, row + r, start, used);
        pk_sixteen high = m[row + r];
        for (size_t j = 0; j < used; j += 16) {
          pk_sixteen x = *(const pk_sixteen *)(p + j);
          high = x > high ? x : high;
        }
        float top = pk_largest(high);
        float sum = 0;
        for (size_t j = 0; j < used; j++) {
          float e = pk_exp1(p[j] - top);
          e = p[j] == -INFINITY ? 0 : e;
          p[j] = e;
          sum += e;
        }
        if (top > m[row + r]) {
          float fade = pk_exp1(m[row + r] - top);
          l[row + r] *= fade;
          float *to = o + (row + r) * width;
          for (size_t i = 0; i < width; i++) to[i] *= fade;
          m[row + r] = top;
        }
        l[row + r] += sum;
      }
      add_tiles(scores, FORWARD_KEYS, 1, v, o + row * width, width, used);
    }
  }
  for (size_t row = 0; row < rows; row++) {
    float *to = out + place(s, s->out_stride, row);
    float share = 1.0f / l[row];
    for (size_t i = 0; i < s->width; i++) to[i] = share * o[row * width + i];
    log_sums[row / s->group * s->head_stride + row % s->group] = m[row] + logf(l[row]);
  }
}

CLONES void pk_d_attend(
  const pk_attention *s, const float *queries, const pk_run *keys, const pk_run *values, const float *out,
  const float *log_sums, const float *d_out, float *d_queries, const pk_run *d_keys, const pk_run *d_values,
  float *scratch) {
  REASSOCIATE
  enum { KEYS = BACKWARD_KEYS, ROWS = BACKWARD_ROWS };
  const size_t rows = s->queries * s->group, padded = up(rows, ROWS), width = up(s->width, HALF_COLUMNS);
  const size_t total = s->extra + s->first + s->queries, area = padded * width, block = KEYS * width;
  float *q = scratch, *q_panel = q + area, *g = q_panel + area, *g_panel = g + area, *dq = g_panel + area;
  float *sums = dq + area, *dots = sums + padded;
  float *k = dots + padded, *k_turned = k + block, *v_turned = k_turned + block, *dk = v_turned + block;
  float *dv = dk + block, *p = dv + block, *ds = p + ROWS * KEYS;
  pack_rows(s, queries, s->query_stride, s->scale, q, padded, width);
  pack_panels(s, queries, s->query_stride, s->scale, q_panel, padded, width);
  pack_rows(s, d_out, s->out_stride, 1, g, padded, width);
  pack_panels(s, d_out, s->out_stride, 1, g_panel, padded, width);
  memset(dq, 0, area * sizeof(float));
  for (size_t row = 0; row < padded; row++) {
    sums[row] = dots[row] = 0;
    if (row >= rows) continue;
    const float *o = out + place(s, s->out_stride, row);
    float dot = 0;
    for (size_t i = 0; i < s->width; i++) dot += o[i] * g[row * width + i];
    dots[row] = dot;
    sums[row] = log_sums[row / s->group * s->head_stride + row % s->group];
  }

  for (size_t start = 0; start < total; start += KEYS) {
    size_t count = least(KEYS, total - start);
    if (view(s, 0, rows, start, count) == NOTHING) continue;
    float *found[KEYS];
    find(s, keys, start, count, found);
    pack_straight(s, found, count, KEYS, k, width);
    pack_turned(s, found, count, KEYS, k_turned, width);
    find(s, values, start, count, found);
    pack_turned(s, found, count, KEYS, v_turned, width);
    memset(dk, 0, block * sizeof(float));
    memset(dv, 0, block * sizeof(float));
    for (size_t row = 0; row < rows; row += ROWS) {
      size_t last = least(row + ROWS, rows);
      View seen = view(s, row, last, start, count);
      if (seen == NOTHING) continue;
      // Of a block on the diagonal only the columns that the last row sees, and of the last block only its rows.
      size_t end = s->extra + sight(s, last - 1).to;
      size_t used = up(least(count, end - start), TILE_COLUMNS), high = up(last - row, TILE_ROWS);
      for (size_t r = 0; r < high; r += TILE_ROWS)
        for (size_t j = 0; j < used; j += TILE_COLUMNS) {
          pk_tile(q_panel + (row + r) * width, 1, TILE_ROWS, k_turned + j, KEYS, p + r * KEYS + j, KEYS, s->width, 0);
          pk_tile(g_panel + (row + r) * width, 1, TILE_ROWS, v_turned + j, KEYS, ds + r * KEYS + j, KEYS, s->width, 0);
        }
      for (size_t r = 0; r < high; r++) {
        float *share = p + r * KEYS, *slope = ds + r * KEYS, sum = sums[row + r], dot = dots[row + r];
        if (row + r >= rows) {
          memset(share, 0, used * sizeof(float));
          memset(slope, 0, used * sizeof(float));
          continue;
        }
        if (seen == SOME || used > count) mask(s, share, row + r, start, used);
        for (size_t j = 0; j < used; j++) {
          float e = pk_exp1(share[j] - sum);
          e = share[j] == -INFINITY ? 0 : e;
          share[j] = e;
          slope[j] = e * (slope[j] - dot);
        }
      }
      for (size_t j = 0; j < used; j += TILE_ROWS) {
        add_tiles(p + j, 1, KEYS, g + row * width, dv + j * width, width, high);
        add_tiles(ds + j, 1, KEYS, q + row * width, dk + j * width, width, high);
      }
      for (size_t r = 0; r < high; r += TILE_ROWS)
        add_tiles(ds + r * KEYS, KEYS, 1, k, dq + (row + r) * width, width, used);
    }
    find(s, d_keys, start, count, found);
    for (size_t j = 0; j < count; j++)
      for (size_t i = 0; i < s->width; i++) found[j][i] += dk[j * width + i];
    find(s, d_values, start, count, found);
    for (size_t j = 0; j < count; j++)
      for (size_t i = 0; i < s->width; i++) found[j][i] += dv[j * width + i];
  }
  for (size_t row = 0; row < rows; row++) {
    float *to = d_queries + place(s, s->slope_stride, row);
    for (size_t i = 0; i < s->width; i++) to[i] = s->scale * dq[row * width + i];
  }
}
