#include "AttendOne.h"
#include "Vector.h"

// The rows are read where they lie: with one query the packing that pays for many costs more than the rest.
typedef float Lanes __attribute__((vector_size(64), aligned(4), may_alias));
enum { KEYS = PK_ATTEND_ONE_KEYS };
#define LEAST -1e30f

INLINE float dot(const float *a, const float *b, size_t n) {
  REASSOCIATE
  Lanes sum = {0};
  size_t p = 0;
  for (; p + 16 <= n; p += 16) sum += *(const Lanes *)(a + p) * *(const Lanes *)(b + p);
  float total = 0;
  for (int i = 0; i < 16; i++) total += sum[i];
  for (; p < n; p++) total += a[p] * b[p];
  return total;
}

// A place in a list of runs that only moves on.
typedef struct {
  const pk_run *run;
  size_t before;  // rows of the runs behind us
} Place;

INLINE void rows_from(Place *place, size_t first, size_t count, size_t offset, size_t width, const float **rows) {
  for (size_t j = 0; j < count; j++) {
    while (first + j >= place->before + place->run->count) place->before += place->run->count, place->run++;
    rows[j] = place->run->first + (first + j - place->before) * place->run->stride + offset;
    // Rows of all heads lie between: no stream that the processor would see by itself.
    for (size_t p = 0; p < width; p += 16) __builtin_prefetch(rows[j] + p);
  }
}

// y += sum of p[j] * rows[j]
INLINE void add_weighted(const float *p, const float *const *rows, size_t count, float *y, size_t width) {
  REASSOCIATE
  size_t i = 0;
  for (; i + 32 <= width; i += 32) {
    Lanes a = *(Lanes *)(y + i), b = *(Lanes *)(y + i + 16), c = {0}, d = {0};
    size_t j = 0;
    for (; j + 2 <= count; j += 2) {
      a += p[j] * *(const Lanes *)(rows[j] + i);
      b += p[j] * *(const Lanes *)(rows[j] + i + 16);
      c += p[j + 1] * *(const Lanes *)(rows[j + 1] + i);
      d += p[j + 1] * *(const Lanes *)(rows[j + 1] + i + 16);
    }
    for (; j < count; j++) {
      a += p[j] * *(const Lanes *)(rows[j] + i);
      b += p[j] * *(const Lanes *)(rows[j] + i + 16);
    }
    *(Lanes *)(y + i) = a + c;
    *(Lanes *)(y + i + 16) = b + d;
  }
  for (size_t j = 0; j < count; j++)
    for (size_t k = i; k < width; k++) y[k] += p[j] * rows[j][k];
}

CLONES void pk_attend_one(
  const pk_attention *s, const float *queries, const pk_run *keys, const pk_run *values, float *out,
  float *log_sums, float *scratch) {
  REASSOCIATE
  const size_t group = s->group, width = s->width, total = s->extra + s->first + 1;
  const size_t hidden = s->window && s->first + 1 > s->window ? s->first + 1 - s->window : 0;
  float *most = scratch + group * KEYS, *sums = most + group;
  const float *key_rows[KEYS], *value_rows[KEYS];
  Place key_place = {keys, 0}, value_place = {values, 0};
  memset(out, 0, group * width * sizeof(float));
  for (size_t h = 0; h < group; h++) most[h] = LEAST, sums[h] = 0;

  size_t start = s->extra ? 0 : hidden;
  while (start < total) {
    // A block ends where the positions begin that lie before the window.
    size_t end = start < s->extra ? s->extra : total;
    size_t count = end - start < KEYS ? end - start : KEYS;
    rows_from(&key_place, start, count, s->key_offset, width, key_rows);
    rows_from(&value_place, start, count, s->key_offset, width, value_rows);
    for (size_t j = 0; j < count; j++)
      for (size_t h = 0; h < group; h++)
        scratch[h * KEYS + j] = s->scale * dot(queries + h * width, key_rows[j], width);
    for (size_t h = 0; h < group; h++) {
      float *p = scratch + h * KEYS, *y = out + h * width;
      float top = most[h];
      for (size_t j = 0; j < count; j++) top = p[j] > top ? p[j] : top;
      if (top > most[h]) {
        float fade = pk_exp1(most[h] - top);
        sums[h] *= fade;
        for (size_t i = 0; i < width; i++) y[i] *= fade;
        most[h] = top;
      }
      float sum = 0;
      for (size_t j = 0; j < count; j++) {
        p[j] = pk_exp1(p[j] - top);
        sum += p[j];
      }
      sums[h] += sum;
      add_weighted(p, value_rows, count, y, width);
    }
    start += count;
    if (start == s->extra) start += hidden;
  }
  for (size_t h = 0; h < group; h++) {
    for (size_t i = 0; i < width; i++) out[h * width + i] /= sums[h];
    log_sums[h] = most[h] + logf(sums[h]);
  }
}
