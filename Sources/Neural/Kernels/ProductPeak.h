// As many products as the processor can do with operands in registers: what the kernels are measured
// against. Included once by each variant's file.

enum { PEAK_SUMS = TALL * WIDE < 16 ? 4 : 24 };

INLINE float NAME(peak_of)(const pk_panel panel, size_t rounds) {
  v16 sum[PEAK_SUMS];
  v16 x = pk_splat(0.001f);
  const v16 w = pk_splat(0.5f);
#pragma unroll
  for (int a = 0; a < PEAK_SUMS; a++) sum[a] = pk_splat((float)a);
  for (size_t r = 0; r < rounds; r++) {
#pragma unroll
    for (int a = 0; a < PEAK_SUMS; a++) {
#ifdef DOT_INT8
      if (panel == PK_PANEL_INT8)
        sum[a] = DOT_INT8(sum[a], w, x);
      else
#endif
        sum[a] = NAME(multiply)(panel, sum[a], x, w);
    }
    __asm__ volatile("" : "+m"(rounds)); // each round is done
  }
  v16 all = pk_splat(0);
#pragma unroll
  for (int a = 0; a < PEAK_SUMS; a++) all += sum[a];
  return pk_sum16(all);
}

// Returns the multiplications and additions of one round; `sum` keeps the compiler from leaving any out.
size_t NAME(peak)(pk_panel panel, size_t rounds, float *sum) {
  switch (panel) {
#ifdef DOT_INT8
  case PK_PANEL_BF16: *sum = NAME(peak_of)(PK_PANEL_BF16, rounds); return PEAK_SUMS * 16 * 4;
  case PK_PANEL_INT8: *sum = NAME(peak_of)(PK_PANEL_INT8, rounds); return PEAK_SUMS * 16 * 8;
#endif
  default: *sum = NAME(peak_of)(PK_PANEL_F32, rounds); return PEAK_SUMS * 16 * 2;
  }
}
