#include "KernelBodies.h"

#define PK_VALUE(name) .name = pk_##name,
static const pk_bodies bodies = {PK_EACH(PK_VALUE)};

const pk_bodies *pk_active_bodies(void) { return &bodies; }
