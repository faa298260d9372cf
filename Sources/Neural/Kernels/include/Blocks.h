// Weights in blocks with a scale each, as GGUF files store them: see BlockFormat.swift for the formulas.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "Products.h"

// Weights and bytes of a block; 1 and 0 for kinds that have none.
size_t pk_block_length(pk_kind kind);
size_t pk_block_bytes(pk_kind kind);

// The weights of whole blocks as floats; count is a multiple of the block's length. Blocks may lie at any address.
void pk_unpack_blocks(pk_kind kind, const void *blocks, float *y, size_t count);
