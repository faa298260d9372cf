// AVX2 with FMA: a vector of sixteen is two registers.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "include/Products.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#pragma clang fp contract(fast)
#define NAME(name) pk_avx2_##name
#define HALF pk_half_fast
#include "ProductVector.h"
#include "ProductsNarrow.h"
#pragma clang attribute pop
#endif
