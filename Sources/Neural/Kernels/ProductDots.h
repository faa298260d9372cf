// Few rows of x, rounded: dot products of whole words along the rows of w. Twice (bf16) and four times
// (bytes) as many products an instruction as ProductRows.h, so that even sixteen rows of x cost little
// more than reading w. Included by variants that have DOT_BF16 and DOT_INT8, after ProductPanels.h.
//
// A row of x is its scales and starts (bytes only: scale and -128 times the sum of x, for each group),
// filled up to a vector, then its words.

INLINE size_t NAME(dots_head)(const pk_panel panel, const pk_weights *w) {
  return panel == PK_PANEL_INT8 ? (2 * w->groups + 15) / 16 * 16 : 0;
}

INLINE size_t NAME(dots_floats)(const pk_panel panel, const pk_weights *w) {
  return NAME(dots_head)(panel, w) + (NAME(words)(panel, w) + 15) / 16 * 16;
}

size_t NAME(dots_size)(pk_panel panel, const pk_weights *w, size_t m) { return m * NAME(dots_floats)(panel, w); }

INLINE void NAME(dots_row)(const pk_panel panel, const pk_weights *w, const float *x, float *row) {
  const size_t k = w->columns, n = (NAME(words)(panel, w) + 15) / 16 * 16, unit = NAME(unit)(panel);
  const size_t group = panel == PK_PANEL_INT8 ? w->group / 4 : n;
  v16 *words = (v16 *)(row + NAME(dots_head)(panel, w));
  for (size_t begin = 0, g = 0; begin < n; begin += group, g++) {
    float inverse = 0;
    int32_t sum = 0;
    if (panel == PK_PANEL_INT8) {
      const size_t from = begin * unit, to = from + w->group < k ? from + w->group : k;
      const float most = NAME(largest)(x + from, to - from);
      row[2 * g] = most / 127;
      inverse = most > 0 ? 127 / most : 0;
    }
    for (size_t s = begin; s < begin + group; s += 16)
      words[s / 16] = NAME(words_from)(panel, x, k, s * unit, inverse, &sum);
    sum *= -128;
    if (panel == PK_PANEL_INT8) memcpy(row + 2 * g + 1, &sum, 4);
  }
}

void NAME(dots_fill)(pk_panel panel, const pk_weights *w, const float *x, size_t m, float *rows) {
  for (size_t i = 0; i < m; i++) {
    if (panel == PK_PANEL_INT8)
      NAME(dots_row)(PK_PANEL_INT8, w, x + i * w->columns, rows + i * NAME(dots_floats)(PK_PANEL_INT8, w));
    else
      NAME(dots_row)(PK_PANEL_BF16, w, x + i * w->columns, rows + i * NAME(dots_floats)(PK_PANEL_BF16, w));
  }
}

INLINE void NAME(dots_block)(
    const pk_panel panel, const pk_weights *w, const int rows, const int weights, size_t j, const float *x,
    size_t x_stride, float *y, size_t y_stride) {
  const size_t size = panel == PK_PANEL_BF16 ? 2 : 1, head = NAME(dots_head)(panel, w);
  const size_t ahead = pk_ahead(w->stride * weights * size, weights);
  const char *row[4];
  v16 total[16];
#pragma unroll
  for (int b = 0; b < weights; b++) row[b] = (const char *)w->rows + (j + b) * w->stride * size;
#pragma unroll
  for (int a = 0; a < rows * weights; a++) total[a] = pk_splat(0);

  if (panel == PK_PANEL_BF16) {
    for (size_t column = 0; column < w->columns; column += 32) {
      v16 words[4];
#pragma unroll
      for (int b = 0; b < weights; b++) {
        words[b] = NAME(words_of)(panel, PK_BF16, w, row[b], 0, column);
        PK_PREFETCH(row[b] + ahead + column * size, weights);
      }
#pragma unroll
      for (int a = 0; a < rows; a++) {
        const v16 here = pk_load(x + a * x_stride + column / 2);
#pragma unroll
        for (int b = 0; b < weights; b++) total[a * weights + b] = DOT_BF16(total[a * weights + b], here, words[b]);
      }
    }
  } else {
    for (size_t g = 0, column = 0; g < w->groups; g++) {
      v16 sum[16];
#pragma unroll
      for (int a = 0; a < rows; a++) {
#pragma unroll
        for (int b = 0; b < weights; b++) sum[a * weights + b] = (v16){x[a * x_stride + 2 * g + 1]};
      }
      for (const size_t end = column + w->group; column < end; column += 64) {
        v16 words[4];
#pragma unroll
        for (int b = 0; b < weights; b++) {
          words[b] = NAME(words_of)(panel, PK_INT8, w, row[b], 0, column);
          PK_PREFETCH(row[b] + ahead + column, weights);
        }
#pragma unroll
        for (int a = 0; a < rows; a++) {
          const v16 here = pk_load(x + a * x_stride + head + column / 4);
#pragma unroll
          for (int b = 0; b < weights; b++) sum[a * weights + b] = DOT_INT8(sum[a * weights + b], words[b], here);
        }
      }
#pragma unroll
      for (int a = 0; a < rows; a++) {
#pragma unroll
        for (int b = 0; b < weights; b++) {
          const float scale = x[a * x_stride + 2 * g] * w->scales[(j + b) * w->groups + g];
          total[a * weights + b] += pk_from_integers(sum[a * weights + b]) * pk_splat(scale);
        }
      }
    }
  }
#pragma unroll
  for (int a = 0; a < rows; a++) {
#pragma unroll
    for (int b = 0; b < weights; b++) y[a * y_stride + b] = pk_sum16(total[a * weights + b]);
  }
}

#define DOTS_BLOCK(PANEL, rows, weights)                                                                               \
  for (; b + weights <= n; b += weights)                                                                               \
    NAME(dots_block)(PANEL, w, rows, weights, j + b, here, stride, there + b, y_stride);                               \
  for (; b < n; b++) NAME(dots_block)(PANEL, w, rows, 1, j + b, here, stride, there + b, y_stride);                    \
  i += rows;                                                                                                           \
  break;

// Bytes keep their integer sums beside the others: half as many at a time.
#define DOTS(PANEL, EIGHT, FOUR)                                                                                       \
  static void NAME(dots_over_##PANEL)(                                                                                 \
      const pk_weights *w, size_t first, size_t count, const float *x, size_t m, float *y, size_t y_stride) {          \
    const size_t stride = NAME(dots_floats)(PANEL, w);                                                                 \
    for (size_t j = first; j < first + count; j += RUN) {                                                              \
      const size_t n = first + count - j < RUN ? first + count - j : RUN;                                              \
      for (size_t i = 0; i < m;) {                                                                                     \
        const float *here = x + i * stride;                                                                            \
        float *there = y + i * y_stride + j;                                                                           \
        size_t b = 0;                                                                                                  \
        switch (m - i) {                                                                                               \
        case 1: DOTS_BLOCK(PANEL, 1, 1)                                                                                \
        case 2: DOTS_BLOCK(PANEL, 2, 4)                                                                                \
        case 3: DOTS_BLOCK(PANEL, 3, FOUR)                                                                             \
        case 4: case 5: case 6: case 7: DOTS_BLOCK(PANEL, 4, FOUR)                                                     \
        default: DOTS_BLOCK(PANEL, 8, EIGHT)                                                                           \
        }                                                                                                              \
      }                                                                                                                \
    }                                                                                                                  \
  }

DOTS(PK_PANEL_BF16, 2, 4)
DOTS(PK_PANEL_INT8, 1, 2)

void NAME(product_dots)(
    pk_panel panel, const pk_weights *w, size_t first, size_t count, const float *x, size_t m, float *y,
    size_t y_stride) {
  if (panel == PK_PANEL_INT8)
    NAME(dots_over_PK_PANEL_INT8)(w, first, count, x, m, y, y_stride);
  else
    NAME(dots_over_PK_PANEL_BF16)(w, first, count, x, m, y, y_stride);
}
