// The kernels once more, under other names, for the instructions that CLONES says.
#include "Names.h"

#include "KernelBodies.h"

#include "../../Sources/Neural/Kernels/Elementwise.c"
#include "../../Sources/Neural/Kernels/Rows.c"
#include "../../Sources/Neural/Kernels/Layers.c"
#include "../../Sources/Neural/Kernels/StateSpace.c"
#include "../../Sources/Neural/Kernels/RowKinds.c"
#include "../../Sources/Neural/Kernels/AttendOne.c"
#include "../../Sources/Neural/Kernels/Attention.c"
#include "../../Sources/Neural/Kernels/Matrix.c"

#define PK_VALUE(name) .name = pk_##name,
static const pk_bodies bodies = {PK_EACH(PK_VALUE)};
