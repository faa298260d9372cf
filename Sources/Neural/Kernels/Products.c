// Which variant runs, and conversions.
#include "include/Products.h"

#include <math.h>
#include <string.h>

#include "ProductVector.h"
#include "include/Blocks.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

// Whether the processor has tiles for bf16, and the system lends them to this process: it saves their state only for
// processes that asked (ARCH_REQ_XCOMP_PERM of feature 18, tile data).
static int has_tiles(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  const unsigned bf16 = 1u << 22, tiles = 1u << 24;
  return (d & bf16) && (d & tiles) && syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}
#elif defined(__x86_64__)
static int has_tiles(void) { return 0; }
#endif

int pk_has(pk_variant variant) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  switch (variant) {
  case PK_PORTABLE: return 1;
  case PK_AVX2: return __builtin_cpu_supports("x86-64-v3") != 0;
  case PK_AVX512: return __builtin_cpu_supports("x86-64-v4") != 0;
  case PK_AVX512_DOT:
    return __builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512bf16") &&
           __builtin_cpu_supports("avx512vnni");
  case PK_AMX: return pk_has(PK_AVX512_DOT) && has_tiles();
  }
  return 0;
#else
  return variant == PK_PORTABLE;
#endif
}

#if defined(__x86_64__)
// What has no tiles is the same for both.
#define VARIANTS(DO)                                                                                                   \
  DO(PK_AVX2, pk_avx2) DO(PK_AVX512, pk_avx512) DO(PK_AVX512_DOT, pk_avx512_dot) DO(PK_PORTABLE, pk_portable)
#define WITHOUT_TILES(variant) ((variant) == PK_AMX ? PK_AVX512_DOT : (variant))
#else
#define VARIANTS(DO) DO(PK_PORTABLE, pk_portable)
#define WITHOUT_TILES(variant) (variant)
#endif

#define DECLARE(variant, prefix)                                                                                       \
  void prefix##_product_rows(const pk_weights *, size_t, size_t, const float *, size_t, float *, size_t);              \
  size_t prefix##_panel_size(pk_panel, const pk_weights *, size_t);                                                    \
  size_t prefix##_panel_rows(void);                                                                                    \
  void prefix##_panel_fill(pk_panel, const pk_weights *, const float *, size_t, size_t, float *);                      \
  size_t prefix##_peak(pk_panel, size_t, float *);                                                                     \
  void prefix##_product_panels(                                                                                        \
      pk_panel, const pk_weights *, size_t, size_t, const float *, size_t, float *, size_t);                           \
  size_t prefix##_bytes_size(const pk_weights *, size_t);                                                              \
  void prefix##_bytes_fill(const pk_weights *, const float *, size_t, size_t, float *);                                \
  void prefix##_product_bytes(const pk_weights *, size_t, size_t, const float *, size_t, float *, size_t);
VARIANTS(DECLARE)

void pk_product_rows(
    pk_variant variant, const pk_weights *w, size_t first, size_t count, const float *x, size_t m, float *y,
    size_t y_stride) {
#define ROWS(number, prefix)                                                                                           \
  case number: prefix##_product_rows(w, first, count, x, m, y, y_stride); return;
  switch (WITHOUT_TILES(variant)) {
    VARIANTS(ROWS)
  default: return;
  }
}

size_t pk_panel_size(pk_variant variant, pk_panel panel, const pk_weights *w, size_t m) {
#define SIZE(number, prefix)                                                                                           \
  case number: return prefix##_panel_size(panel, w, m);
  switch (WITHOUT_TILES(variant)) {
    VARIANTS(SIZE)
  default: return 0;
  }
}

size_t pk_panel_rows(pk_variant variant) {
#define TALLNESS(number, prefix)                                                                                       \
  case number: return prefix##_panel_rows();
  switch (WITHOUT_TILES(variant)) {
    VARIANTS(TALLNESS)
  default: return 0;
  }
}

void pk_panel_fill(
    pk_variant variant, pk_panel panel, const pk_weights *w, const float *x, size_t first, size_t count,
    float *panels) {
#define FILLING(number, prefix)                                                                                        \
  case number: prefix##_panel_fill(panel, w, x, first, count, panels); return;
  switch (WITHOUT_TILES(variant)) {
    VARIANTS(FILLING)
  default: return;
  }
}

void pk_product_panels(
    pk_variant variant, pk_panel panel, const pk_weights *w, size_t first, size_t count, const float *panels, size_t m,
    float *y, size_t y_stride) {
#define PANELS(number, prefix)                                                                                         \
  case number: prefix##_product_panels(panel, w, first, count, panels, m, y, y_stride); return;
  switch (WITHOUT_TILES(variant)) {
    VARIANTS(PANELS)
  default: return;
  }
}

size_t pk_bytes_size(const pk_weights *w, size_t m) { return pk_portable_bytes_size(w, m); }

void pk_bytes_fill(pk_variant variant, const pk_weights *w, const float *x, size_t first, size_t count, float *rows) {
#define BYTES_FILLING(number, prefix)                                                                                  \
  case number: prefix##_bytes_fill(w, x, first, count, rows); return;
  switch (WITHOUT_TILES(variant)) {
    VARIANTS(BYTES_FILLING)
  default: return;
  }
}

void pk_product_bytes(
    pk_variant variant, const pk_weights *w, size_t first, size_t count, const float *rows, size_t m, float *y,
    size_t y_stride) {
#define BYTES_PRODUCT(number, prefix)                                                                                  \
  case number: prefix##_product_bytes(w, first, count, rows, m, y, y_stride); return;
  switch (WITHOUT_TILES(variant)) {
    VARIANTS(BYTES_PRODUCT)
  default: return;
  }
}

#if defined(__x86_64__)
size_t pk_avx512_dot_tiles_size(const pk_weights *, size_t);
void pk_avx512_dot_tiles_fill(const pk_weights *, const float *, size_t, size_t, size_t, float *);
void pk_avx512_dot_product_tiles(const pk_weights *, size_t, size_t, const float *, size_t, float *, size_t);

size_t pk_avx512_dot_tiles_peak(size_t, float *);

size_t pk_tiles_size(const pk_weights *w, size_t m) { return pk_avx512_dot_tiles_size(w, m); }

void pk_tiles_fill(const pk_weights *w, const float *x, size_t m, size_t first, size_t count, float *tiles) {
  pk_avx512_dot_tiles_fill(w, x, m, first, count, tiles);
}

void pk_product_tiles(
    const pk_weights *w, size_t first, size_t count, const float *tiles, size_t m, float *y, size_t y_stride) {
  pk_avx512_dot_product_tiles(w, first, count, tiles, m, y, y_stride);
}
#else
size_t pk_tiles_size(const pk_weights *w, size_t m) { return 0; }
void pk_tiles_fill(const pk_weights *w, const float *x, size_t m, size_t first, size_t count, float *tiles) {}
void pk_product_tiles(
    const pk_weights *w, size_t first, size_t count, const float *tiles, size_t m, float *y, size_t y_stride) {}
#endif

#if defined(__x86_64__)
size_t pk_avx512_dot_dots_size(pk_panel, const pk_weights *, size_t);
void pk_avx512_dot_dots_fill(pk_panel, const pk_weights *, const float *, size_t, float *);
void pk_avx512_dot_product_dots(
    pk_panel, const pk_weights *, size_t, size_t, const float *, size_t, float *, size_t);

size_t pk_dots_size(pk_panel panel, const pk_weights *w, size_t m) { return pk_avx512_dot_dots_size(panel, w, m); }

void pk_dots_fill(pk_panel panel, const pk_weights *w, const float *x, size_t m, float *rows) {
  pk_avx512_dot_dots_fill(panel, w, x, m, rows);
}

void pk_product_dots(
    pk_panel panel, const pk_weights *w, size_t first, size_t count, const float *rows, size_t m, float *y,
    size_t y_stride) {
  pk_avx512_dot_product_dots(panel, w, first, count, rows, m, y, y_stride);
}
#else
size_t pk_dots_size(pk_panel panel, const pk_weights *w, size_t m) { return 0; }
void pk_dots_fill(pk_panel panel, const pk_weights *w, const float *x, size_t m, float *rows) {}
void pk_product_dots(
    pk_panel panel, const pk_weights *w, size_t first, size_t count, const float *rows, size_t m, float *y,
    size_t y_stride) {}
#endif

size_t pk_peak(pk_variant variant, pk_panel panel, size_t rounds, float *sum) {
#if defined(__x86_64__)
  if (variant == PK_AMX && panel == PK_PANEL_BF16) return pk_avx512_dot_tiles_peak(rounds, sum);
#endif
#define PEAK(number, prefix)                                                                                           \
  case number: return prefix##_peak(panel, rounds, sum);
  switch (WITHOUT_TILES(variant)) {
    VARIANTS(PEAK)
  default: return 0;
  }
}

uint64_t pk_read(const void *bytes, size_t count) {
  const char *from = bytes;
  uint64_t sum[8] = {0};
  for (size_t i = 0; i + 64 <= count; i += 64) {
    __builtin_prefetch(from + i + 4096, 0, 3);
    for (int lane = 0; lane < 8; lane++) {
      uint64_t word;
      memcpy(&word, from + i + 8 * lane, 8);
      sum[lane] += word;
    }
  }
  return sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];
}

void pk_round_bf16(const float *x, uint16_t *y, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = pk_round1(x[i]);
}

void pk_widen_row(const pk_weights *w, size_t row, float *y) {
  if (w->kind == PK_F32) {
    memcpy(y, (const char *)w->rows + 4 * row * w->stride, 4 * w->columns);
  } else if (w->kind == PK_BF16) {
    const char *from = (const char *)w->rows + 2 * row * w->stride;
    for (size_t p = 0; p < w->columns; p++) {
      uint16_t weight;
      memcpy(&weight, from + 2 * p, 2);
      y[p] = pk_widen1(weight);
    }
  } else if (w->kind != PK_INT8) {
    const size_t bytes = w->columns / pk_block_length(w->kind) * pk_block_bytes(w->kind);
    pk_unpack_blocks(w->kind, (const char *)w->rows + row * bytes, y, w->columns);
  } else {
    const int8_t *from = (const int8_t *)w->rows + row * w->stride;
    for (size_t p = 0; p < w->columns; p++) y[p] = (float)from[p] * w->scales[row * w->groups + p / w->group];
  }
}

void pk_quantise_row(const float *x, int8_t *q, float *scales, size_t columns, size_t group) {
  for (size_t begin = 0, g = 0; begin < columns; begin += group, g++) {
    const size_t end = begin + group < columns ? begin + group : columns;
    float most = 0, doubt = 0;
    for (size_t p = begin; p < end; p++) {
      most = fmaxf(most, fabsf(x[p]));
      doubt += x[p] * 0;
    }
    const float inverse = most > 0 ? 127 / most : 0;
    scales[g] = most / 127 + doubt;
    for (size_t p = begin; p < end; p++) q[p] = doubt == 0 ? (int8_t)pk_nearest(x[p] * inverse) : 0;
    memset(q + end, 0, begin + group - end);
  }
}
