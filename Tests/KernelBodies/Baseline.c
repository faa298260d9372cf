#define BODY baseline
#define CLONES
#include "Bodies.h"

const pk_bodies *pk_baseline_bodies(void) { return &bodies; }
