#define BODY avx2
#if defined(__x86_64__)
#define CLONES __attribute__((target("arch=x86-64-v3")))
#else
#define CLONES
#endif
#include "Bodies.h"

const pk_bodies *pk_avx2_bodies(void) { return &bodies; }

int pk_has_avx2_bodies(void) { return pk_has(PK_AVX2); }
