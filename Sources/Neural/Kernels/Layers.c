#include "Layers.h"
#include "Turn.h"
#include "Vector.h"

CLONES void pk_rms_norm(
  const float *restrict x, const float *restrict gain, float epsilon, float *restrict y, float *restrict inverse,
  size_t rows, size_t columns) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns;
    float squares = 0;
    for (size_t i = 0; i < columns; i++) squares += in[i] * in[i];
    float k = 1.0f / sqrtf(squares / columns + epsilon);
    for (size_t i = 0; i < columns; i++) y[r * columns + i] = in[i] * k * gain[i];
    inverse[r] = k;
  }
}
CLONES void pk_d_rms_norm(
  const float *restrict x, const float *restrict gain, const float *restrict inverse, const float *restrict d_y,
  float *restrict d_x, float *restrict d_gain, size_t rows, size_t columns) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns, *g = d_y + r * columns;
    float k = inverse[r], dot = 0;
    for (size_t i = 0; i < columns; i++) dot += g[i] * gain[i] * in[i];
    float pull = dot * k * k * k / columns;
    for (size_t i = 0; i < columns; i++) {
      d_x[r * columns + i] = k * g[i] * gain[i] - pull * in[i];
      d_gain[i] += g[i] * in[i] * k;
    }
  }
}

CLONES void pk_layer_norm(
  const float *restrict x, const float *restrict gain, const float *restrict bias, float epsilon, float *restrict y,
  float *restrict moments, size_t rows, size_t columns) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns;
    float sum = 0, squares = 0;
    for (size_t i = 0; i < columns; i++) sum += in[i];
    float mean = sum / columns;
    for (size_t i = 0; i < columns; i++) squares += (in[i] - mean) * (in[i] - mean);
    float k = 1.0f / sqrtf(squares / columns + epsilon);
    for (size_t i = 0; i < columns; i++) y[r * columns + i] = (in[i] - mean) * k * gain[i] + bias[i];
    moments[2 * r] = mean;
    moments[2 * r + 1] = k;
  }
}
CLONES void pk_d_layer_norm(
  const float *restrict x, const float *restrict gain, const float *restrict moments, const float *restrict d_y,
  float *restrict d_x, float *restrict d_gain, float *restrict d_bias, size_t rows, size_t columns) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns, *g = d_y + r * columns;
    float mean = moments[2 * r], k = moments[2 * r + 1], sum = 0, dot = 0;
    for (size_t i = 0; i < columns; i++) {
      float slope = g[i] * gain[i];
      sum += slope;
      dot += slope * (in[i] - mean) * k;
    }
    sum /= columns;
    dot /= columns;
    for (size_t i = 0; i < columns; i++) {
      float normed = (in[i] - mean) * k;
      d_x[r * columns + i] = k * (g[i] * gain[i] - sum - normed * dot);
      d_gain[i] += g[i] * normed;
      d_bias[i] += g[i];
    }
  }
}

CLONES void pk_swiglu(
  const float *restrict gate, const float *restrict up, size_t stride, float *restrict y, size_t rows,
  size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < columns; i++) {
      float x = gate[r * stride + i];
      y[r * columns + i] = x * pk_sigmoid1(x) * up[r * stride + i];
    }
}
CLONES void pk_d_swiglu(
  const float *restrict gate, const float *restrict up, size_t stride, const float *restrict d_y,
  float *restrict d_gate, float *restrict d_up, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < columns; i++) {
      float x = gate[r * stride + i], g = d_y[r * columns + i], s = pk_sigmoid1(x);
      d_gate[r * stride + i] = g * up[r * stride + i] * s * (1.0f + x * (1.0f - s));
      d_up[r * stride + i] = g * x * s;
    }
}

CLONES void pk_rotate(
  const float *x, size_t x_stride, const float *cosines, const float *sines, float sign, float *y, size_t y_stride,
  size_t rows, size_t heads, size_t width, size_t half) {
  for (size_t r = 0; r < rows; r++) {
    const float *c = cosines + r * half, *s = sines + r * half;
    for (size_t h = 0; h < heads; h++) {
      const float *in = x + r * x_stride + h * width;
      float *out = y + r * y_stride + h * width;
      // Both halves are read before either is written, since x may be y.
      size_t i = 0;
      for (; i + 8 <= half; i += 8) {
        pk_eight low = *(const pk_eight *)(in + i), high = *(const pk_eight *)(in + i + half);
        pk_eight cosine = *(const pk_eight *)(c + i), sine = sign * *(const pk_eight *)(s + i);
        *(pk_eight *)(out + i) = low * cosine - high * sine;
        *(pk_eight *)(out + i + half) = high * cosine + low * sine;
      }
      for (; i < half; i++) {
        float low = in[i], high = in[i + half], sine = sign * s[i];
        out[i] = low * c[i] - high * sine;
        out[i + half] = high * c[i] + low * sine;
      }
      if (x != y)
        for (i = 2 * half; i < width; i++) out[i] = in[i];
    }
  }
}

CLONES void pk_log_likelihood(
  const float *restrict x, const int32_t *restrict targets, float *restrict y, float *restrict log_sums, size_t rows,
  size_t columns) {
  REASSOCIATE
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns;
    if (targets[r] < 0) {
      y[r] = log_sums[r] = 0;
      continue;
    }
    float top = pk_max1(in, columns), sum = 0;
    for (size_t i = 0; i < columns; i++) sum += in[i] == -INFINITY ? 0 : pk_exp1(in[i] - top);
    log_sums[r] = top + logf(sum);
    y[r] = in[targets[r]] - log_sums[r];
  }
}
CLONES void pk_d_log_likelihood(
  const float *restrict x, const int32_t *restrict targets, const float *restrict log_sums, const float *restrict d_y,
  float *restrict d_x, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns;
    float *out = d_x + r * columns, g = d_y[r], sum = log_sums[r];
    if (targets[r] < 0) {
      memset(out, 0, columns * sizeof(float));
      continue;
    }
    for (size_t i = 0; i < columns; i++) out[i] = in[i] == -INFINITY ? 0 : -g * pk_exp1(in[i] - sum);
    out[targets[r]] += g;
  }
}
CLONES void pk_log_likelihood_slopes(
  float *restrict x, const int32_t *restrict targets, const float *restrict log_sums, const float *restrict d_y,
  size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    float *out = x + r * columns, g = d_y[r], sum = log_sums[r];
    if (targets[r] < 0) {
      memset(out, 0, columns * sizeof(float));
      continue;
    }
    for (size_t i = 0; i < columns; i++) out[i] = out[i] == -INFINITY ? 0 : -g * pk_exp1(out[i] - sum);
    out[targets[r]] += g;
  }
}

CLONES void pk_scan(
  const float *restrict a, const float *restrict b, const float *restrict start, float *restrict h, size_t steps,
  size_t columns) {
  for (size_t t = 0; t < steps; t++) {
    const float *before = t == 0 ? start : h + (t - 1) * columns;
    float *now = h + t * columns;
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < columns; i++) now[i] = a[t * columns + i] * before[i] + b[t * columns + i];
  }
}
CLONES void pk_d_scan(
  const float *restrict a, const float *restrict start, const float *restrict h, const float *restrict d_h,
  float *restrict d_a, float *restrict d_b, float *restrict d_start, size_t steps, size_t columns) {
  memset(d_start, 0, columns * sizeof(float));
  for (size_t t = steps; t-- > 0;) {
    const float *before = t == 0 ? start : h + (t - 1) * columns;
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < columns; i++) {
      size_t at = t * columns + i;
      float slope = d_h[at] + d_start[i];
      d_b[at] = slope;
      d_a[at] = slope * before[i];
      d_start[i] = slope * a[at];
    }
  }
}

CLONES void pk_adam_step(
  pk_adam adam, const float *restrict gradient, float *restrict first, float *restrict second,
  float *restrict x, size_t n) {
  const float rate = adam.rate, b1 = adam.beta1, b2 = adam.beta2, epsilon = adam.epsilon;
  const float keep = 1.0f - rate * adam.decay, step = rate / adam.c1, root = 1.0f / sqrtf(adam.c2);
  const float scale = adam.gradient_scale;
  for (size_t i = 0; i < n; i++) {
    float g = gradient[i] * scale;
    float m = b1 * first[i] + (1.0f - b1) * g, v = b2 * second[i] + (1.0f - b2) * g * g;
    first[i] = m;
    second[i] = v;
    x[i] = x[i] * keep - step * m / (sqrtf(v) * root + epsilon);
  }
}
CLONES double pk_squares(const float *x, size_t n) {
  REASSOCIATE
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
  return sum;
}
