// For every processor: a vector of sixteen is whatever the compiler makes of it.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "include/Products.h"

#pragma clang fp contract(fast)
#define NAME(name) pk_portable_##name
#define HALF pk_half
#define HALVES pk_halves
#define DOT_BYTES pk_dot_bytes
#define ZERO_BYTE 0
#include "ProductVector.h"
#include "ProductsNarrow.h"
#include "ProductPeak.h"
