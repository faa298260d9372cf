// Block sizes for 16 registers of half a vector: few sums, or they are kept in memory.
#define MOST 4
#define BLOCKS(kind)                                                                                                   \
  case 1: BLOCK(kind, 1, 4)                                                                                            \
  case 2: BLOCK(kind, 2, 2)                                                                                            \
  case 3: BLOCK(kind, 3, 1)                                                                                            \
  default: BLOCK(kind, 4, 1)
#include "ProductBlocks.h"
#include "ProductRows.h"

#define TALL 6
#define WIDE 1
#define PLACES(PANEL)                                                                                                  \
  PLACE(PANEL, 1) PLACE(PANEL, 2) PLACE(PANEL, 3) PLACE(PANEL, 4) PLACE(PANEL, 5) PLACE(PANEL, 6)
#include "ProductPanels.h"

#define CHUNK 3
#define CHUNKS(offsets) CHUNK_OF(offsets, 1) CHUNK_OF(offsets, 2) CHUNK_OF(offsets, 3)
#include "ProductBytes.h"
