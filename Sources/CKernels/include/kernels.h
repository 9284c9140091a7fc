#ifndef EMOFARM_KERNELS_H
#define EMOFARM_KERNELS_H

#include <stddef.h>

/// The loops that are not matrix products, compiled once per instruction set.
///
/// All arrays are 32-bit floats; `rows` of `n` values lie one after the other unless a stride is named.
/// Sums run over 16 fixed lanes, so their order does not depend on the instruction set.
typedef struct {
  /// y = x / (1 + e^-x). `y` may be `x`, here and below.
  void (*silu)(float *y, const float *x, size_t n);
  /// y = x · Φ(x), the exact form by erf.
  void (*gelu)(float *y, const float *x, size_t n);
  /// y = x / (1 + e^(-1.702 x)).
  void (*quick_gelu)(float *y, const float *x, size_t n);
  void (*relu)(float *y, const float *x, size_t n);
  void (*add)(float *y, const float *a, const float *b, size_t n);
  /// y = a·x + b·z.
  void (*blend)(float *y, float a, const float *x, float b, const float *z, size_t n);
  /// Row by row y = x[0..n) · gelu(x[n..2n)): the input has rows of 2n values.
  void (*geglu)(float *y, const float *x, size_t rows, size_t n);
  /// Rows of `c` (stride `ldc`) become `bias` (or 0) plus the rows of `residual` (stride `ldr`; may be null).
  void (*start_rows)(float *c, size_t ldc, const float *bias, const float *residual, size_t ldr, size_t rows,
                     size_t n);
  /// Adds each column's sum and sum of squares to `sum[n]` and `squares[n]`.
  void (*column_sums)(const float *x, size_t rows, size_t n, double *sum, double *squares);
  /// y = x · scale[column] + shift[column].
  void (*scale_shift)(float *y, const float *x, size_t rows, size_t n, const float *scale, const float *shift);
  /// Each row to mean 0 and variance 1, then · gain[column] + bias[column].
  void (*layer_norm)(float *y, const float *x, size_t rows, size_t n, const float *gain, const float *bias,
                     float epsilon);
  /// Softmax of `scale`·x over the first `min(n, first_visible + row)` values of each row; the others become 0.
  /// Without a mask `first_visible` is `n`.
  void (*softmax)(float *x, size_t rows, size_t n, float scale, size_t first_visible);

  // The backward halves. `dy` is the gradient of the result, `dx` becomes the gradient of `x` and may be `dy`.

  /// y = a · b.
  void (*multiply)(float *y, const float *a, const float *b, size_t n);
  void (*silu_back)(float *dx, const float *dy, const float *x, size_t n);
  void (*gelu_back)(float *dx, const float *dy, const float *x, size_t n);
  void (*quick_gelu_back)(float *dx, const float *dy, const float *x, size_t n);
  void (*relu_back)(float *dx, const float *dy, const float *x, size_t n);
  /// `dx` and `x` have rows of 2n values and `dx` is none of the others.
  void (*geglu_back)(float *dx, const float *dy, const float *x, size_t rows, size_t n);
  /// Adds the sums of `n` columns of `a` to `sum[n]`, and of a · b to `dots[n]` unless `b` is null; rows lie `stride`
  /// apart.
  void (*column_dots)(const float *a, const float *b, size_t stride, size_t rows, size_t n, double *sum, double *dots);
  /// y = a · p[column] + b · q[column] + r[column]; `y` may be `a`.
  void (*combine)(float *y, const float *a, const float *b, size_t rows, size_t n, const float *p, const float *q,
                  const float *r);
  /// `unit` becomes the normalised rows before gain and bias; `dx` is none of the others.
  void (*layer_norm_back)(float *dx, float *unit, const float *dy, const float *x, size_t rows, size_t n,
                          const float *gain, float epsilon);
  /// g becomes the gradient of the scores, where it was that of the probabilities `p`.
  void (*softmax_back)(float *g, const float *p, size_t rows, size_t n, float scale);
} ek_kernels;

typedef enum { EK_PORTABLE = 0, EK_AVX2 = 1, EK_AVX512 = 2, EK_NEON = 3 } ek_isa;

/// The best instruction set that this processor and operating system offer.
ek_isa ek_best_isa(void);

/// Whether this processor has bfloat16 dot products beside AVX-512.
int ek_has_avx512_bf16(void);

/// The kernels of an instruction set; null where this build or processor lacks it.
const ek_kernels *ek_kernels_for(ek_isa isa);

/// Weights `[outputs][channels · taps]` to `[taps · channels][outputs]`.
void ek_pack(float *packed, const float *weight, size_t outputs, size_t inputs, size_t taps);

#endif
