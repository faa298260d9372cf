// Sums of four products of signed bytes, with the instructions of AVX2 for pairs of an unsigned and a signed byte:
// 2 * 128 * 127 fits 16 bits. Included by variants that have them and no dot product.
INLINE v16 pk_dot_pairs(v16 sum, v16 w, v16 x) {
  __m256i a[2], b[2], c[2];
  memcpy(a, &sum, 64);
  memcpy(b, &w, 64);
  memcpy(c, &x, 64);
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(b[half]), _mm256_sign_epi8(c[half], b[half]));
    a[half] = _mm256_add_epi32(a[half], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  memcpy(&sum, a, 64);
  return sum;
}
