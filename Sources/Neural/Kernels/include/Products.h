// Products of f32 activations with stored weights: y[i][j] = sum over p of x[i][p] * w[j][p].
// Weights lie in rows, as checkpoints store them. Nothing here allocates, starts threads or looks at
// the environment: the caller cuts the work and chooses the variant.
#pragma once
#include <stddef.h>
#include <stdint.h>

// The instruction sets there are code for. A variant may only be used if `pk_has` says so.
typedef enum { PK_PORTABLE, PK_AVX2, PK_AVX512, PK_AVX512_DOT, PK_AMX } pk_variant;

// Whether this processor can run a variant. PK_AVX512_DOT is AVX-512 with BF16 and VNNI, PK_AMX that with the tiles of
// AMX for bf16; the system is asked for them by the first call.
int pk_has(pk_variant variant);

// The kinds from PK_Q4_0 on are blocks of GGUF files: see Blocks.h.
typedef enum {
  PK_F32, PK_BF16, PK_INT8, PK_Q4_0, PK_Q4_1, PK_Q8_0, PK_Q4_K, PK_Q5_0, PK_Q5_1, PK_Q5_K, PK_Q6_K
} pk_kind;

// n rows of `columns` weights. Rows begin `stride` weights apart. For PK_INT8 a weight stands for
// itself times the scale of its group: scales[row * groups + column / group], group % 64 == 0. Rows of blocks are whole
// blocks without gaps, and have no scales apart.
typedef struct {
  pk_kind kind;
  const void *rows;
  const float *scales;
  size_t columns, stride, group, groups;
} pk_weights;

// Few rows of x: y[i * y_stride + j] for i < m and the rows first..<first + count of w.
//
// Each y is summed in the same order whatever m, first and count are: 16 partial sums, then a tree.
// Widening a weight is exact, scaling one rounds once, so the result is bit for bit that of the same
// weights stored as f32.
void pk_product_rows(
    pk_variant variant, const pk_weights *w, size_t first, size_t count, const float *x, size_t m, float *y,
    size_t y_stride);

// Many rows of x, in two steps: x is laid out in panels once, then parts of w are multiplied with it.
// PK_PANEL_F32 keeps x as it is. PK_PANEL_BF16 rounds it to bf16 (weights must be bf16);
// PK_PANEL_INT8 rounds it to 8 bits with a scale per group of w (weights must be int8). Both need
// PK_AVX512_DOT or PK_AMX.
typedef enum { PK_PANEL_F32, PK_PANEL_BF16, PK_PANEL_INT8 } pk_panel;

// Floats that the panels of m rows take.
size_t pk_panel_size(pk_variant variant, pk_panel panel, const pk_weights *w, size_t m);
// Rows of x in one panel: parts of x that are laid out separately begin at multiples of it.
size_t pk_panel_rows(pk_variant variant);
// Lays out the rows first..<first + count of x; first is a multiple of pk_panel_rows.
void pk_panel_fill(
    pk_variant variant, pk_panel panel, const pk_weights *w, const float *x, size_t first, size_t count,
    float *panels);

// y[i * y_stride + j] for i < m and the rows first..<first + count of w; `first` is a multiple of 32.
void pk_product_panels(
    pk_variant variant, pk_panel panel, const pk_weights *w, size_t first, size_t count, const float *panels, size_t m,
    float *y, size_t y_stride);

// Few rows of rounded x, for PK_PANEL_BF16 and PK_PANEL_INT8 where PK_AVX512_DOT can run: x is rounded once,
// then y is as of pk_product_rows; the order of each sum is again the same whatever m, first and count are.
size_t pk_dots_size(pk_panel panel, const pk_weights *w, size_t m);
void pk_dots_fill(pk_panel panel, const pk_weights *w, const float *x, size_t m, float *rows);
void pk_product_dots(
    pk_panel panel, const pk_weights *w, size_t first, size_t count, const float *rows, size_t m, float *y,
    size_t y_stride);

// Any number of rows of x times weights in blocks (PK_Q4_0, PK_Q4_1, PK_Q8_0, PK_Q4_K): x is rounded to 8 bits with a
// scale for every 32 columns, then whole numbers are multiplied. Each y has the same bits whatever m, first and count are,
// and with every variant but PK_PORTABLE, which rounds once more where a multiplication and an addition are not one.
size_t pk_bytes_size(const pk_weights *w, size_t m);
// Lays out the rows first..<first + count of x.
void pk_bytes_fill(pk_variant variant, const pk_weights *w, const float *x, size_t first, size_t count, float *rows);
void pk_product_bytes(
    pk_variant variant, const pk_weights *w, size_t first, size_t count, const float *rows, size_t m, float *y,
    size_t y_stride);

// The same with tiles, for PK_AMX alone: x is rounded to bf16; weights are bf16, or for more than sixteen rows of x also
// blocks, rounded to bf16. Up to sixteen rows, and above, each y has the same bits whatever m, first and count are.
size_t pk_tiles_size(const pk_weights *w, size_t m);
// Lays out the rows first..<first + count of all m; first is a multiple of 16.
void pk_tiles_fill(const pk_weights *w, const float *x, size_t m, size_t first, size_t count, float *tiles);
void pk_product_tiles(
    const pk_weights *w, size_t first, size_t count, const float *tiles, size_t m, float *y, size_t y_stride);

// bf16 by rounding to the nearest, ties to even; NaN stays NaN.
void pk_round_bf16(const float *x, uint16_t *y, size_t n);

// One row of weights as floats.
void pk_widen_row(const pk_weights *w, size_t row, float *y);

// One row to int8: scale = largest magnitude of a group / 127, q = round(x / scale). A group of zeros has
// scale 0, one with a number that is not finite has scale NaN. The last group is filled up with zeros: q holds `groups * group` bytes.
void pk_quantise_row(const float *x, int8_t *q, float *scales, size_t columns, size_t group);

// What the processor can do at most. Rounds of multiplications and additions with operands in registers,
// of the kind that a panel takes; returns how many one round has.
size_t pk_peak(pk_variant variant, pk_panel panel, size_t rounds, float *sum);
// Reads every byte once; returns a sum of them.
uint64_t pk_read(const void *bytes, size_t count);
