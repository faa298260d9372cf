// Few rows of x: dot products along the rows of w, `rows` of x times `weights` rows of w at a time
// held in registers. Included once by each variant's file, which defines NAME and the block sizes.
//
// The work is to read w from memory once and fast: each vector of weights is widened once and used
// for all rows of x in the block. Rows of w are taken in runs, and columns in parts, such that what is
// read again is found in the first caches.

enum { RUN = 32, MOST_ROWS = 16 };

// Sixteen partial sums for each row of x and row of w of a run, while its columns are taken in parts.
typedef struct {
  v16 sums[MOST_ROWS][RUN];
} NAME(partial);

INLINE v16 NAME(widen)(const int kind, const char *row, size_t p, v16 scale) {
  if (kind == PK_F32) return pk_load((const float *)row + p);
  if (kind == PK_BF16) return pk_widen16((const uint16_t *)row + p);
  return __builtin_convertvector(*(const b16 *)(row + p), v16) * scale;
}

INLINE float NAME(widen_one)(const pk_weights *w, const int kind, const char *row, size_t j, size_t p) {
  if (kind == PK_F32) return ((const float *)row)[p];
  if (kind == PK_BF16) return pk_widen1(((const uint16_t *)row)[p]);
  return (float)((const int8_t *)row)[p] * w->scales[j * w->groups + p / w->group];
}

// Columns begin..<end, a multiple of 16, of one block. `y` is nil until the last columns.
INLINE void NAME(block)(
    const pk_weights *w, const int kind, const int rows, const int weights, size_t j, size_t begin, size_t end,
    const float *x, v16 *partial, float *y, size_t y_stride) {
  const size_t k = w->columns, size = kind == PK_F32 ? 4 : kind == PK_BF16 ? 2 : 1;
  const size_t bytes = NAME(row_bytes)(kind, w), ahead = pk_ahead(bytes * weights, weights);
  const size_t step = kind == PK_INT8 ? w->group : end - begin;
  v16 sum[MOST];
  const char *row[8];
#pragma unroll
  for (int b = 0; b < weights; b++) row[b] = (const char *)w->rows + (j + b) * bytes;
#pragma unroll
  for (int a = 0; a < rows; a++) {
#pragma unroll
    for (int b = 0; b < weights; b++) sum[a * weights + b] = begin == 0 ? pk_splat(0) : partial[a * RUN + b];
  }
  for (size_t from = begin; NAME(in_blocks)(kind) && from < end; from += 32) {
    v16 scale[8], offset[8];
#pragma unroll
    for (int b = 0; b < weights; b++) {
      float one, other;
      NAME(scale_of)(kind, row[b], from, &one, &other);
      scale[b] = pk_splat(one);
      offset[b] = pk_splat(other);
      if (from % 64 == 0) PK_PREFETCH(row[b] + ahead + from / pk_length_of(kind) * pk_bytes_of(kind), weights);
    }
#pragma unroll
    for (int half = 0; half < 2; half++) {
      v16 wide[8];
#pragma unroll
      for (int b = 0; b < weights; b++) wide[b] = NAME(in_block)(kind, row[b], from, half, scale[b], offset[b]);
#pragma unroll
      for (int a = 0; a < rows; a++) {
        const v16 here = pk_load(x + a * k + from + 16 * half);
#pragma unroll
        for (int b = 0; b < weights; b++) sum[a * weights + b] += here * wide[b];
      }
    }
  }
  for (size_t from = begin; !NAME(in_blocks)(kind) && from < end; from += step) {
    const size_t to = from + step < end ? from + step : end;
    v16 scale[8];
#pragma unroll
    for (int b = 0; b < weights; b++)
      scale[b] = pk_splat(kind == PK_INT8 ? w->scales[(j + b) * w->groups + from / w->group] : 1);
    for (size_t p = from; p < to; p += 16) {
      v16 wide[8];
#pragma unroll
      for (int b = 0; b < weights; b++) {
        wide[b] = NAME(widen)(kind, row[b], p, scale[b]);
        // The same columns some blocks further on: rows may be too short for the hardware to follow.
        if (p * size % 64 == 0) PK_PREFETCH(row[b] + ahead + p * size, weights);
      }
#pragma unroll
      for (int a = 0; a < rows; a++) {
        const v16 here = pk_load(x + a * k + p);
#pragma unroll
        for (int b = 0; b < weights; b++) sum[a * weights + b] += here * wide[b];
      }
    }
  }
#pragma unroll
  for (int a = 0; a < rows; a++) {
#pragma unroll
    for (int b = 0; b < weights; b++) {
      if (y == 0) {
        partial[a * RUN + b] = sum[a * weights + b];
      } else {
        float total = pk_sum16(sum[a * weights + b]);
        // Rows of blocks are whole vectors.
        for (size_t p = end; p < k && !NAME(in_blocks)(kind); p++) total += x[a * k + p] * NAME(widen_one)(w, kind, row[b], j + b, p);
        y[a * y_stride + b] = total;
      }
    }
  }
}

// A run of rows of w for one block of rows of x, without those that are left over.
INLINE void NAME(run)(
    const pk_weights *w, const int kind, const int rows, const int weights, size_t first, size_t count, size_t begin,
    size_t end, const float *x, v16 *partial, float *y, size_t y_stride) {
  for (size_t j = 0; j + weights <= count; j += weights)
    NAME(block)(w, kind, rows, weights, first + j, begin, end, x, partial + j, y ? y + j : y, y_stride);
}

// As many columns as keep the rows of one block of x in the first cache.
static size_t NAME(part)(const pk_weights *w, size_t m) {
  const size_t whole = w->columns / 16 * 16, unit = w->kind == PK_INT8 ? w->group : 16;
  if (m <= 2 || w->columns <= 1024) return whole;
  const size_t part = (1024 + unit - 1) / unit * unit;
  return part < whole ? part : whole;
}

#define OVER(kind)                                                                                                     \
  /* What a run leaves over goes one row at a time: once, not for each number of rows of x. */                         \
  static __attribute__((noinline)) void NAME(rest_##kind)(                                                             \
      const pk_weights *w, int rows, size_t first, size_t rest, size_t count, size_t begin, size_t end, const float *x,\
      v16 *partial, float *y, size_t y_stride) {                                                                       \
    for (size_t j = rest; j < count; j++)                                                                              \
      for (int a = 0; a < rows; a++)                                                                                   \
        NAME(block)(                                                                                                   \
            w, kind, 1, 1, first + j, begin, end, x + a * w->columns, partial + a * RUN + j,                           \
            y ? y + a * y_stride + j : y, y_stride);                                                                   \
  }                                                                                                                    \
  static void NAME(over_##kind)(                                                                                       \
      const pk_weights *w, size_t first, size_t count, const float *x, size_t m, float *y, size_t y_stride) {          \
    NAME(partial) partial;                                                                                             \
    const size_t whole = w->columns / 16 * 16, part = NAME(part)(w, m);                                                \
    for (size_t j = first; j < first + count; j += RUN) {                                                              \
      const size_t n = first + count - j < RUN ? first + count - j : RUN;                                              \
      size_t begin = 0;                                                                                                \
      do {                                                                                                             \
        const size_t end = begin + part < whole ? begin + part : whole;                                                \
        for (size_t i = 0; i < m;) {                                                                                   \
          const float *here = x + i * w->columns;                                                                      \
          v16 *sums = partial.sums[i];                                                                                 \
          float *there = end == whole ? y + i * y_stride + j : 0;                                                      \
          switch (m - i) {                                                                                             \
            BLOCKS(kind)                                                                                               \
          }                                                                                                            \
        }                                                                                                              \
        begin = end;                                                                                                   \
      } while (begin < whole);                                                                                         \
    }                                                                                                                  \
  }
#define BLOCK(kind, rows, weights)                                                                                     \
  NAME(run)(w, kind, rows, weights, j, n, begin, end, here, sums, there, y_stride);                                    \
  if (n % (weights)) NAME(rest_##kind)(w, rows, j, n - n % (weights), n, begin, end, here, sums, there, y_stride);     \
  i += rows;                                                                                                           \
  break;

OVER(PK_F32)
OVER(PK_BF16)
OVER(PK_INT8)
OVER(PK_Q4_0)
OVER(PK_Q4_1)
OVER(PK_Q8_0)
OVER(PK_Q4_K)

void NAME(product_rows)(
    const pk_weights *w, size_t first, size_t count, const float *x, size_t m, float *y, size_t y_stride) {
  switch (w->kind) {
  case PK_F32: NAME(over_PK_F32)(w, first, count, x, m, y, y_stride); break;
  case PK_BF16: NAME(over_PK_BF16)(w, first, count, x, m, y, y_stride); break;
  case PK_INT8: NAME(over_PK_INT8)(w, first, count, x, m, y, y_stride); break;
  case PK_Q4_0: NAME(over_PK_Q4_0)(w, first, count, x, m, y, y_stride); break;
  case PK_Q4_1: NAME(over_PK_Q4_1)(w, first, count, x, m, y, y_stride); break;
  case PK_Q8_0: NAME(over_PK_Q8_0)(w, first, count, x, m, y, y_stride); break;
  case PK_Q4_K: NAME(over_PK_Q4_K)(w, first, count, x, m, y, y_stride); break;
  default: break; // other blocks are unpacked before
  }
}
