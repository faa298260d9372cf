// Attention of one position: what `pk_attend` calls for a single query.
#pragma once
#include "Attention.h"

enum { PK_ATTEND_ONE_KEYS = 128 };

// As pk_attend, with queries == 1. Scratch of (PK_ATTEND_ONE_KEYS + 2) floats for each query head.
void pk_attend_one(
  const pk_attention *shape, const float *queries, const pk_run *keys, const pk_run *values, float *out,
  float *log_sums, float *scratch);
