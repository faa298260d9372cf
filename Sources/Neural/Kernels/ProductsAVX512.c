// AVX-512 without its dot products: processors from 2017 on.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "include/Products.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#pragma clang fp contract(fast)
#define NAME(name) pk_avx512_##name
#define HALF pk_half_fast
#include "ProductVector.h"
#include "ProductsAVX512.h"
#pragma clang attribute pop
#endif
