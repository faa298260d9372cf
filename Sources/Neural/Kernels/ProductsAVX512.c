// AVX-512 without its dot products: processors from 2017 on.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "include/Products.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#pragma clang fp contract(fast)
#define NAME(name) pk_avx512_##name
#define HALF pk_half_fast
#define HALVES pk_halves_fast
#define DOT_BYTES pk_dot_pairs
#define ZERO_BYTE 0
#include "ProductVector.h"
#include "ProductPairs.h"
#include "ProductsAVX512.h"
#include "ProductPeak.h"
#pragma clang attribute pop
#endif
