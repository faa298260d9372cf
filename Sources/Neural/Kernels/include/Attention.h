// Causal attention of one group of query heads over the rows of one key head, block by block.
#pragma once
#include <stddef.h>

// How a number of a row of keys or values is written.
typedef enum { PK_ROWS_F32, PK_ROWS_BF16, PK_ROWS_F16 } pk_row_kind;

typedef struct {
  size_t group;         // query heads that share a key head
  size_t width;         // floats of a head
  size_t query_stride;  // floats from one position of queries to the next
  size_t slope_stride;  // the same of their gradients
  size_t out_stride;    // the same of outputs and their gradients
  size_t head_stride;   // from one position of log sums to the next: all query heads
  size_t key_offset;    // where this head begins in a row of keys or values, in numbers
  size_t queries;       // positions
  size_t extra;         // keys 0..<extra are seen by every query
  size_t first;         // query i sees the keys extra + j with j <= first + i
  size_t sliding_window;  // and j + sliding_window > first + i; 0 sees all
  float scale;
  size_t together;      // key heads of one query head each that a single query attends to in one call; 0 is one
  size_t follows;       // whether the next head of the same rows is attended right after: it may be fetched ahead
  pk_row_kind rows;     // of keys and values; the backward pass reads floats only
} pk_attention;

// Rows of keys, values or their gradients that follow each other; a sequence is a list of such runs.
typedef struct {
  void *first;
  size_t count;
  size_t stride;  // numbers from row to row
} pk_run;

// Floats of scratch that the two take.
size_t pk_attend_scratch(const pk_attention *shape);
size_t pk_d_attend_scratch(const pk_attention *shape);

// out: softmax(scale q·kᵀ)·v; log_sums: of each query and head, the logarithm of the softmax's divisor.
// `queries`, `out`, `log_sums` point at the group's first head of the first position. The runs of keys
// and of values, which are only read, hold all extra + first + queries rows.
void pk_attend(
  const pk_attention *shape, const float *queries, const pk_run *keys, const pk_run *values, float *out,
  float *log_sums, float *scratch);

// From d_out: d_queries is set, the rows of d_keys and d_values are added to.
void pk_d_attend(
  const pk_attention *shape, const float *queries, const pk_run *keys, const pk_run *values, const float *out,
  const float *log_sums, const float *d_out, float *d_queries, const pk_run *d_keys, const pk_run *d_values,
  float *scratch);

// n numbers to a row of a kind, rounded to the nearest; and from one.
void pk_write_row(pk_row_kind kind, const float *x, void *y, size_t n);
void pk_read_row(pk_row_kind kind, const void *x, float *y, size_t n);
