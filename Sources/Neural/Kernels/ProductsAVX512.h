// 32 registers: sums, the weights of one step, one vector of x.
#define MOST 24
#define BLOCKS(kind)                                                                                                   \
  case 1: BLOCK(kind, 1, kind >= PK_INT8 ? 4 : 1)                                                                      \
  case 2: BLOCK(kind, 2, 4)                                                                                            \
  case 3: BLOCK(kind, 3, 4)                                                                                            \
  case 4: BLOCK(kind, 4, 4)                                                                                            \
  case 5: BLOCK(kind, 5, 4)                                                                                            \
  case 6: BLOCK(kind, 6, 4)                                                                                            \
  case 7: BLOCK(kind, 7, 2)                                                                                            \
  default: BLOCK(kind, 8, 2)
#include "ProductBlocks.h"
#include "ProductRows.h"

#define TALL 14
#define WIDE 2
#define PLACES(PANEL)                                                                                                  \
  PLACE(PANEL, 1) PLACE(PANEL, 2) PLACE(PANEL, 3) PLACE(PANEL, 4) PLACE(PANEL, 5) PLACE(PANEL, 6) PLACE(PANEL, 7)      \
  PLACE(PANEL, 8) PLACE(PANEL, 9) PLACE(PANEL, 10) PLACE(PANEL, 11) PLACE(PANEL, 12) PLACE(PANEL, 13)                  \
  PLACE(PANEL, 14)
#include "ProductPanels.h"

#define CHUNK 12
#define CHUNKS(offsets)                                                                                                \
  CHUNK_OF(offsets, 1) CHUNK_OF(offsets, 2) CHUNK_OF(offsets, 3) CHUNK_OF(offsets, 4) CHUNK_OF(offsets, 5)             \
  CHUNK_OF(offsets, 6) CHUNK_OF(offsets, 7) CHUNK_OF(offsets, 8) CHUNK_OF(offsets, 9) CHUNK_OF(offsets, 10)            \
  CHUNK_OF(offsets, 11) CHUNK_OF(offsets, 12)
#include "ProductBytes.h"
