#include "AttendOne.h"
#include "RowKinds.h"

// The rows are read where they lie: with one query the packing that pays for many costs more than the rest.
typedef pk_lanes Lanes;
enum { KEYS = PK_ATTEND_ONE_KEYS };
#define LEAST -1e30f

// The sums of sixteen vectors as the lanes of one: a tree, neighbours first.
INLINE Lanes sums_of(Lanes v[16]) {
  for (int i = 0; i < 16; i += 2)
    v[i / 2] = __builtin_shufflevector(v[i], v[i + 1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
               __builtin_shufflevector(v[i], v[i + 1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  for (int i = 0; i < 8; i += 2)
    v[i / 2] = __builtin_shufflevector(v[i], v[i + 1], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
               __builtin_shufflevector(v[i], v[i + 1], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  for (int i = 0; i < 4; i += 2)
    v[i / 2] = __builtin_shufflevector(v[i], v[i + 1], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27) +
               __builtin_shufflevector(v[i], v[i + 1], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
  return __builtin_shufflevector(v[0], v[1], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
         __builtin_shufflevector(v[0], v[1], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

// The products of one query with the keys that begin `offset` behind sixteen rows.
INLINE Lanes scores_of(
  const pk_row_kind kind, const float *query, const void *const *rows, size_t offset, size_t width) {
#pragma clang fp contract(fast)
  Lanes sum[16];
  size_t p = 0;
  for (int j = 0; j < 16; j++) sum[j] = (Lanes){0};
  for (; p + 16 <= width; p += 16) {
    const Lanes x = *(const Lanes *)(query + p);
#pragma unroll
    for (int j = 0; j < 16; j++) sum[j] += x * pk_row_lanes(kind, rows[j], offset + p);
  }
  if (p == width) return sums_of(sum);
  float rest[16] = {0};
  for (; p < width; p++)
    for (int j = 0; j < 16; j++) rest[j] += query[p] * pk_row_number(kind, rows[j], offset + p);
  return sums_of(sum) + *(const Lanes *)rest;
}

// The products of two queries with eight keys: those of the first, then those of the second. Each key is read once.
INLINE Lanes scores_of_two(
  const pk_row_kind kind, const float *one, const float *other, const void *const *rows, size_t width) {
#pragma clang fp contract(fast)
  Lanes sum[16];
  size_t p = 0;
  for (int j = 0; j < 16; j++) sum[j] = (Lanes){0};
  for (; p + 16 <= width; p += 16) {
    const Lanes x = *(const Lanes *)(one + p), y = *(const Lanes *)(other + p);
#pragma unroll
    for (int j = 0; j < 8; j++) {
      const Lanes key = pk_row_lanes(kind, rows[j], p);
      sum[j] += x * key;
      sum[8 + j] += y * key;
    }
  }
  if (p == width) return sums_of(sum);
  float rest[16] = {0};
  for (; p < width; p++)
    for (int j = 0; j < 8; j++) {
      const float key = pk_row_number(kind, rows[j], p);
      rest[j] += one[p] * key, rest[8 + j] += other[p] * key;
    }
  return sums_of(sum) + *(const Lanes *)rest;
}

// A place in a list of runs that only moves on.
typedef struct {
  const pk_run *run;
  size_t before;  // rows of the runs behind us
} Place;

// Where rows begin; the last ones are filled up to sixteen with the first.
INLINE void rows_from(
  const size_t size, Place *place, size_t first, size_t count, size_t offset, size_t ahead, const void **rows) {
  for (size_t j = 0; j < count;) {
    while (first + j >= place->before + place->run->count) place->before += place->run->count, place->run++;
    const size_t at = first + j - place->before, stride = place->run->stride;
    const size_t end = place->run->count - at < count - j ? j + place->run->count - at : count;
    const char *row = (const char *)place->run->first + (at * stride + offset) * size;
    for (; j < end; j++, row += stride * size) {
      rows[j] = row;
      // Rows of all heads lie between: no stream that the processor would see by itself.
      for (size_t p = 0; p < ahead * size; p += 64) __builtin_prefetch(row + p);
    }
  }
  for (size_t j = count; j % 16; j++) rows[j] = rows[0];
}

// y += sum of p[j] * rows[j] for sixteen columns of `heads` heads, `width` apart in y and `step` in the rows. Each sum
// waits for the one before, so several run side by side.
INLINE void add_sixteen(
  const pk_row_kind kind, const int heads, const float *p, const void *const *rows, size_t offset, size_t step,
  size_t count, float *y, size_t width) {
#pragma clang fp contract(fast)
  Lanes sum[4];
#pragma unroll
  for (int h = 0; h < heads; h++) sum[h] = *(Lanes *)(y + h * width);
  for (size_t j = 0; j < count; j++) {
#pragma unroll
    for (int h = 0; h < heads; h++) sum[h] += p[h * KEYS + j] * pk_row_lanes(kind, rows[j], offset + h * step);
  }
#pragma unroll
  for (int h = 0; h < heads; h++) *(Lanes *)(y + h * width) = sum[h];
}

// y += sum of p[j] * rows[j], whose columns begin at `offset`.
INLINE void add_weighted(
  const pk_row_kind kind, const float *p, const void *const *rows, size_t offset, size_t count, float *y,
  size_t width) {
#pragma clang fp contract(fast)
  size_t i = 0;
  for (; i + 32 <= width; i += 32) {
    Lanes low[4] = {*(Lanes *)(y + i)}, high[4] = {*(Lanes *)(y + i + 16)};
    size_t j = 0;
    for (; j + 4 <= count; j += 4) {
#pragma unroll
      for (int k = 0; k < 4; k++) {
        low[k] += p[j + k] * pk_row_lanes(kind, rows[j + k], offset + i);
        high[k] += p[j + k] * pk_row_lanes(kind, rows[j + k], offset + i + 16);
      }
    }
    for (; j < count; j++) {
      low[0] += p[j] * pk_row_lanes(kind, rows[j], offset + i);
      high[0] += p[j] * pk_row_lanes(kind, rows[j], offset + i + 16);
    }
    *(Lanes *)(y + i) = (low[0] + low[1]) + (low[2] + low[3]);
    *(Lanes *)(y + i + 16) = (high[0] + high[1]) + (high[2] + high[3]);
  }
  if (i + 16 <= width) add_sixteen(kind, 1, p, rows, offset + i, 0, count, y + i, width), i += 16;
  for (size_t j = 0; j < count; j++)
    for (size_t k = i; k < width; k++) y[k] += p[j] * pk_row_number(kind, rows[j], offset + k);
}

// The same for `heads` heads at once, whose weights and outputs lie one behind the other: each row is read once.
INLINE void add_weighted_heads(
  const pk_row_kind kind, const int heads, const float *p, const void *const *rows, size_t count, float *y,
  size_t width) {
#pragma clang fp contract(fast)
  size_t i = 0;
  for (; i + 32 <= width; i += 32) {
    Lanes low[4], high[4];
#pragma unroll
    for (int h = 0; h < heads; h++) low[h] = *(Lanes *)(y + h * width + i), high[h] = *(Lanes *)(y + h * width + i + 16);
    for (size_t j = 0; j < count; j++) {
      const Lanes a = pk_row_lanes(kind, rows[j], i), b = pk_row_lanes(kind, rows[j], i + 16);
#pragma unroll
      for (int h = 0; h < heads; h++) low[h] += p[h * KEYS + j] * a, high[h] += p[h * KEYS + j] * b;
    }
#pragma unroll
    for (int h = 0; h < heads; h++) *(Lanes *)(y + h * width + i) = low[h], *(Lanes *)(y + h * width + i + 16) = high[h];
  }
  if (i + 16 <= width) add_sixteen(kind, heads, p, rows, i, 0, count, y + i, width), i += 16;
  for (int h = 0; h < heads; h++)
    for (size_t j = 0; j < count; j++)
      for (size_t k = i; k < width; k++) y[h * width + k] += p[h * KEYS + j] * pk_row_number(kind, rows[j], k);
}

// `group` query heads over one key head, or one over each of `together` key heads.
INLINE void attend(
  const pk_row_kind kind, const pk_attention *s, const size_t group, const size_t together, const float *queries,
  const pk_run *keys, const pk_run *values, float *out, float *log_sums, float *scratch) {
  REASSOCIATE
  const size_t width = s->width, total = s->extra + s->first + 1, heads = group * together;
  const size_t hidden = s->sliding_window && s->first + 1 > s->sliding_window ? s->first + 1 - s->sliding_window : 0;
  // Whole rows one behind the other are a stream that the processor sees by itself.
  const size_t ahead = together > 1 ? 0 : s->follows ? 2 * width : width;
  float *most = scratch + heads * KEYS, *sums = most + heads;
  const void *key_rows[KEYS], *value_rows[KEYS];
  Place key_place = {keys, 0}, value_place = {values, 0};
  memset(out, 0, heads * width * sizeof(float));
  for (size_t h = 0; h < heads; h++) most[h] = LEAST, sums[h] = 0;

  size_t start = s->extra ? 0 : hidden;
  while (start < total) {
    // A block ends where the positions begin that lie before the sliding window.
    size_t end = start < s->extra ? s->extra : total;
    size_t count = end - start < KEYS ? end - start : KEYS;
    rows_from(pk_row_bytes(kind), &key_place, start, count, s->key_offset, ahead, key_rows);
    rows_from(pk_row_bytes(kind), &value_place, start, count, s->key_offset, ahead, value_rows);
    for (size_t j = 0; j < count; j += 16) {
      size_t h = 0;
      for (; together == 1 && h + 2 <= heads; h += 2)
        for (size_t half = j; half < j + 16; half += 8) {
          const float *query = queries + h * width;
          const Lanes two = s->scale * scores_of_two(kind, query, query + width, key_rows + half, width);
          memcpy(scratch + h * KEYS + half, &two, 32);
          memcpy(scratch + (h + 1) * KEYS + half, (const char *)&two + 32, 32);
        }
      for (; h < heads; h++)
        *(Lanes *)(scratch + h * KEYS + j) =
          s->scale * scores_of(kind, queries + h * width, key_rows + j, h / group * width, width);
    }
    const size_t filled = (count + 15) / 16 * 16;
    for (size_t h = 0; h < heads; h++) {
      float *p = scratch + h * KEYS, *y = out + h * width;
      for (size_t j = count; j < filled; j++) p[j] = 2 * LEAST;
      pk_sixteen high = most[h];
      for (size_t j = 0; j < filled; j += 16) {
        pk_sixteen x = *(const pk_sixteen *)(p + j);
        high = x > high ? x : high;
      }
      float top = pk_largest(high);
      if (top > most[h]) {
        float fade = pk_exp1(most[h] - top);
        sums[h] *= fade;
        for (size_t i = 0; i < width; i++) y[i] *= fade;
        most[h] = top;
      }
      float sum[16] = {0};
      for (size_t j = 0; j < filled; j += 16)
        for (int i = 0; i < 16; i++) {
          float e = pk_exp1(p[j + i] - top);
          // The exponential is bounded below; what only fills up must weigh nothing at all.
          e = p[j + i] < LEAST ? 0 : e;
          p[j + i] = e;
          sum[i] += e;
        }
      for (int i = 0; i < 16; i++) sums[h] += sum[i];
    }
    size_t h = 0;
    if (together == 1) {
      for (; h + 4 <= heads; h += 4)
        add_weighted_heads(kind, 4, scratch + h * KEYS, value_rows, count, out + h * width, width);
      for (; h + 3 <= heads; h += 3)
        add_weighted_heads(kind, 3, scratch + h * KEYS, value_rows, count, out + h * width, width);
    } else if (width == 16) {
      for (; h + 4 <= heads; h += 4)
        add_sixteen(kind, 4, scratch + h * KEYS, value_rows, h * width, width, count, out + h * width, width);
    }
    for (; h < heads; h++)
      add_weighted(kind, scratch + h * KEYS, value_rows, h / group * width, count, out + h * width, width);
    start += count;
    if (start == s->extra) start += hidden;
  }
  for (size_t h = 0; h < heads; h++) {
    for (size_t i = 0; i < width; i++) out[h * width + i] /= sums[h];
    log_sums[h] = most[h] + logf(sums[h]);
  }
}

CLONES void pk_attend_one(
  const pk_attention *s, const float *queries, const pk_run *keys, const pk_run *values, float *out,
  float *log_sums, float *scratch) {
  const size_t together = s->together > 1 ? s->together : 1;
  // One head alone, of small models, goes a path that knows of no other. Rows of fewer bits have one path for all
  // shapes: each more takes the compiler seconds.
  if (s->rows == PK_ROWS_BF16)
    attend(PK_ROWS_BF16, s, s->group, together, queries, keys, values, out, log_sums, scratch);
  else if (s->rows == PK_ROWS_F16)
    attend(PK_ROWS_F16, s, s->group, together, queries, keys, values, out, log_sums, scratch);
  else if (s->group > 1)
    attend(PK_ROWS_F32, s, s->group, 1, queries, keys, values, out, log_sums, scratch);
  else if (together > 1)
    attend(PK_ROWS_F32, s, 1, together, queries, keys, values, out, log_sums, scratch);
  else
    attend(PK_ROWS_F32, s, 1, 1, queries, keys, values, out, log_sums, scratch);
}
