// AVX-512 with the dot products of pairs of bf16 and of four bytes (BF16, VNNI), and the tiles of AMX, which a
// compiler uses only where they are named.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "include/Products.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(                                                                                          \
    __attribute__((target("arch=x86-64-v4,avx512bf16,avx512vnni,amx-tile,amx-bf16"))), apply_to = function)
#pragma clang fp contract(fast)
#define NAME(name) pk_avx512_dot_##name
#define HALF pk_half_fast
#define HALVES pk_halves_fast
#define DOT_BYTES DOT_INT8
#define ZERO_BYTE 128
#define DOT_BF16(sum, x, w) (v16) _mm512_dpbf16_ps((__m512)(sum), (__m512bh)(x), (__m512bh)(w))
#define DOT_INT8(sum, w, x) (v16) _mm512_dpbusd_epi32((__m512i)(sum), (__m512i)(w), (__m512i)(x))
#include "ProductVector.h"
#include "ProductsAVX512.h"

#include "ProductDots.h"
#include "ProductTiles.h"
#include "ProductPeak.h"
#pragma clang attribute pop
#endif
