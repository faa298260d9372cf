// The vector kernels. One header a subject; each function exists for every x86-64 level that matters
// and the loader picks the fitting one.
#pragma once
#include "Attention.h"
#include "Blocks.h"
#include "Layers.h"
#include "Matrix.h"
#include "Products.h"
#include "Rows.h"
#include "StateSpace.h"
