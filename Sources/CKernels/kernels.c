#include "kernels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define LANES 16
// The compiler keeps accumulators in registers only if the loops over them are unrolled.
#define UNROLLED _Pragma("clang loop unroll(full)")
// Output and input may be the same array, element by element; the compiler cannot know that this is safe.
#define ELEMENTWISE _Pragma("clang loop vectorize(assume_safety)")

#define MULTIPLY_ADD(sum, a, b) sum += (a) * (b)
#define NARROW_MULTIPLY_ADD MULTIPLY_ADD
#define STORE_VALUES(place, values) *(NAME(vector) *)(place) = (values)
#define STORE_WEIGHTS(place, low, high) STORE_VALUES(place, low)
#define VALUES_PER_WORD 1
#define WIDENED 0
#define STRASSEN 0
#define BF16_GEMM 0
#define BF16_WINOGRAD 0
#define BF16_WINOGRAD_WEIGHTS 0
#define BF16_ATTENTION 0

#define NAME(x) portable_##x
#define PLAIN(x) portable_##x
#define WIDTH 4
#define ROWS 6
#include "gemm.inc"
#include "winograd.inc"
#include "loops.inc"
#include "softmax_rows.inc"
#include "attention.inc"
#include "table.inc"
#undef ROWS
#undef WIDTH
#undef PLAIN
#undef NAME

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) avx2_##x
#define PLAIN(x) avx2_##x
#define WIDTH 8
#define ROWS 6
#include "gemm.inc"
#include "winograd.inc"
#include "loops.inc"
#include "softmax_rows.inc"
#include "attention.inc"
#include "table.inc"
#undef ROWS
#undef WIDTH
#undef PLAIN
#undef NAME
#pragma clang attribute pop

#define WIDTH 16
#define ROWS 14
#define PLAIN(x) avx512_##x
#undef STRASSEN
#define STRASSEN avx512_strassen
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define NAME(x) avx512_##x
#include "gemm.inc"
#include "strassen.inc"
#include "winograd.inc"
#include "loops.inc"
#include "softmax_rows.inc"
#include "attention.inc"
#include "table.inc"
#undef NAME
#pragma clang attribute pop

// The same kernels with bf16 multiplications.
#undef MULTIPLY_ADD
#undef NARROW_MULTIPLY_ADD
#undef STORE_VALUES
#undef STORE_WEIGHTS
#undef VALUES_PER_WORD
#undef BF16_GEMM
#undef BF16_WINOGRAD
#undef BF16_WINOGRAD_WEIGHTS
#undef BF16_ATTENTION
#define MULTIPLY_ADD(sum, a, b)                                                                                   \
  sum = (NAME(vector))_mm512_dpbf16_ps((__m512)(sum), (__m512bh)_mm512_set1_ps(a), (__m512bh)(b))
#define NARROW_MULTIPLY_ADD(sum, a, b)                                                                            \
  sum = (NAME(narrow_vector))_mm256_dpbf16_ps((__m256)(sum), (__m256bh)_mm256_set1_ps(a), (__m256bh)(b))
#define STORE_VALUES(place, values) _mm256_storeu_si256((__m256i *)(place), (__m256i)_mm512_cvtneps_pbh((__m512)(values)))
#define STORE_WEIGHTS(place, low, high)                                                                            \
  _mm512_storeu_si512((place), _mm512_or_si512(NAME(bf16_words)(low), _mm512_slli_epi32(NAME(bf16_words)(high), 16)))
#define VALUES_PER_WORD 2
#define BF16_GEMM NAME(gemm)
#define BF16_WINOGRAD NAME(winograd)
#define BF16_WINOGRAD_WEIGHTS NAME(winograd_weights)
#define BF16_ATTENTION NAME(attention)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma"))),        \
                             apply_to = function)
#define NAME(x) avx512_bf16_##x
#include "gemm.inc"
#include "bf16_rows.inc"
#include "winograd.inc"
#include "attention.inc"
#include "table.inc"
#undef NAME

// The same bits by fp32 multiplications, for CPUs whose bf16 dot products are slower.
#undef MULTIPLY_ADD
#undef NARROW_MULTIPLY_ADD
#undef WIDENED
#define MULTIPLY_ADD(sum, a, b) sum += (a) * (b)
#define NARROW_MULTIPLY_ADD MULTIPLY_ADD
#define WIDENED 1
// Floats between two widened rows: a block of the depth, and a cache line so that rows do not evict each other.
#define WIDENED_ROW (2 * EK_DEPTH + LANES)
// Two registers more than otherwise hold the halves of b.
#undef ROWS
#define ROWS 12
#define NAME(x) avx512_widened_bf16_##x
#include "gemm.inc"
#include "bf16_rows.inc"
#include "winograd.inc"
#include "attention.inc"
#include "table.inc"
#undef NAME
#pragma clang attribute pop
#undef PLAIN
#undef ROWS
#undef WIDTH
#endif

ek_isa ek_best_isa(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma"))
    return EK_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return EK_AVX2;
  return EK_PORTABLE;
#elif defined(__aarch64__)
  // The portable loops are compiled with NEON, which every 64-bit ARM CPU has.
  return EK_NEON;
#else
  return EK_PORTABLE;
#endif
}

int ek_has_avx512_bf16(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return ek_best_isa() == EK_AVX512 && __builtin_cpu_supports("avx512bf16");
#else
  return 0;
#endif
}

int ek_has_fast_dot_products(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return ek_has_avx512_bf16() && !__builtin_cpu_is("intel");
#else
  return 0;
#endif
}

const ek_kernels *ek_bf16_kernels(int widened) {
#if defined(__x86_64__)
  if (ek_has_avx512_bf16()) return widened ? &avx512_widened_bf16_table : &avx512_bf16_table;
#endif
  (void)widened;
  return 0;
}

const ek_kernels *ek_kernels_for(ek_isa isa) {
  if (isa == EK_PORTABLE) return &portable_table;
#if defined(__x86_64__)
  if (isa > ek_best_isa()) return 0;
  if (isa == EK_AVX2) return &avx2_table;
  if (isa == EK_AVX512)
    return !ek_has_avx512_bf16()        ? &avx512_table
           : ek_has_fast_dot_products() ? &avx512_bf16_table
                                        : &avx512_widened_bf16_table;
#elif defined(__aarch64__)
  if (isa == EK_NEON) return &portable_table;
#endif
  return 0;
}

void ek_pack(float *block, const float *weight, size_t outputs, size_t inputs, size_t taps, size_t panel) {
  size_t channels = inputs / taps, first = panel * EK_PANEL;
  size_t count = outputs - first < EK_PANEL ? outputs - first : EK_PANEL;
  if (count < EK_PANEL) memset(block, 0, inputs * EK_PANEL * sizeof(float));
  // One cache line of each row at a time.
  for (size_t start = 0; start < channels; start += 16) {
    size_t end = start + 16 < channels ? start + 16 : channels;
    for (size_t tap = 0; tap < taps; tap++)
      for (size_t channel = start; channel < end; channel++) {
        float *out = block + (tap * channels + channel) * EK_PANEL;
        const float *in = weight + first * inputs + channel * taps + tap;
        for (size_t lane = 0; lane < count; lane++) out[lane] = in[lane * inputs];
      }
  }
}

void ek_unpack(float *weight, const float *packed, size_t outputs, size_t inputs, size_t taps) {
  size_t channels = inputs / taps;
  for (size_t output = 0; output < outputs; output++) {
    const float *lane = packed + output / EK_PANEL * inputs * EK_PANEL + output % EK_PANEL;
    for (size_t channel = 0; channel < channels; channel++)
      for (size_t tap = 0; tap < taps; tap++)
        weight[output * inputs + channel * taps + tap] = lane[(tap * channels + channel) * EK_PANEL];
  }
}

void ek_exchange(float *exchanged, const float *packed, size_t outputs, size_t channels, size_t taps, size_t panel) {
  size_t first = panel * EK_PANEL;
  size_t count = channels - first < EK_PANEL ? channels - first : EK_PANEL;
  float *block = exchanged + panel * taps * outputs * EK_PANEL;
  if (count < EK_PANEL) memset(block, 0, taps * outputs * EK_PANEL * sizeof(float));
  for (size_t from = 0; from < outputs; from += EK_PANEL) {
    size_t lanes = outputs - from < EK_PANEL ? outputs - from : EK_PANEL;
    for (size_t tap = 0; tap < taps; tap++) {
      const float *source = packed + from * taps * channels + (tap * channels + first) * EK_PANEL;
      float *target = block + ((taps - 1 - tap) * outputs + from) * EK_PANEL;
      for (size_t channel = 0; channel < count; channel++)
        for (size_t lane = 0; lane < lanes; lane++)
          target[lane * EK_PANEL + channel] = source[channel * EK_PANEL + lane];
    }
  }
}

void ek_panels(float *panels, const float *rows, size_t stride, size_t count, size_t columns) {
  for (size_t first = 0; first < columns; first += EK_PANEL) {
    size_t width = columns - first < EK_PANEL ? columns - first : EK_PANEL;
    float *block = panels + first * count;
    if (width < EK_PANEL) memset(block, 0, count * EK_PANEL * sizeof(float));
    for (size_t row = 0; row < count; row++)
      memcpy(block + row * EK_PANEL, rows + row * stride + first, width * sizeof(float));
  }
}

void ek_strassen_sums(float *sums, const float *packed, size_t inputs, size_t pair) {
  const float *left = packed + 2 * pair * inputs * EK_PANEL, *right = left + inputs * EK_PANEL;
  sums += pair * 2 * inputs * EK_PANEL;
  for (size_t k = 0; k < inputs; k += EK_DEPTH) {
    size_t half = (inputs - k < EK_DEPTH ? inputs - k : EK_DEPTH) / 2 * EK_PANEL, first = k * EK_PANEL;
    float *t = sums + 2 * first;
    for (size_t i = 0; i < half; i++) {
      float b11 = left[first + i], b12 = right[first + i], b21 = left[first + half + i], b22 = right[first + half + i];
      float t1 = b12 - b11, t2 = b22 - t1;
      t[i] = t1;
      t[half + i] = t2;
      t[2 * half + i] = b22 - b12;
      t[3 * half + i] = b21 - t2;
    }
  }
}

static uint32_t bf16_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}

float ek_transposed_panels(float *panels, const float *rows, size_t stride, size_t count, size_t columns) {
  float greatest = 0;
  for (size_t first = 0; first < count; first += EK_PANEL) {
    size_t width = count - first < EK_PANEL ? count - first : EK_PANEL;
    float *block = panels + first * columns, squares[EK_PANEL] = {0};
    if (width < EK_PANEL) memset(block, 0, columns * EK_PANEL * sizeof(float));
    for (size_t lane = 0; lane < width; lane++)
      for (size_t column = 0; column < columns; column++)
        block[column * EK_PANEL + lane] = rows[(first + lane) * stride + column];
    for (size_t column = 0; column < columns; column++)
      for (int lane = 0; lane < EK_PANEL; lane++)
        squares[lane] += block[column * EK_PANEL + lane] * block[column * EK_PANEL + lane];
    // Written so that NaN propagates.
    for (int lane = 0; lane < EK_PANEL; lane++)
      if (!(squares[lane] <= greatest)) greatest = squares[lane];
  }
  return greatest;
}

void ek_bf16_panels(uint32_t *words, const float *panels, size_t rows) {
  for (size_t word = 0; word < (rows + 1) / 2; word++, panels += 2 * EK_PANEL, words += EK_PANEL) {
    // Two loops without branches, which the compiler vectorises.
    for (size_t lane = 0; lane < EK_PANEL; lane++) words[lane] = bf16_bits(panels[lane]);
    if (2 * word + 1 < rows)
      for (size_t lane = 0; lane < EK_PANEL; lane++) words[lane] |= bf16_bits(panels[EK_PANEL + lane]) << 16;
  }
}

void ek_receptive_rows(const float **table, const ek_geometry *g, size_t first, size_t count, size_t stride,
                       const float *zeros) {
  size_t sample = first / (g->out_height * g->out_width), pixel = first % (g->out_height * g->out_width);
  long row = (long)(pixel / g->out_width), column = (long)(pixel % g->out_width);
  for (size_t i = 0; i < count; i++) {
    const float *image = g->image + sample * g->in_height * g->in_width * g->channels;
    for (long ky = 0; ky < g->kernel_height; ky++)
      for (long kx = 0; kx < g->kernel_width; kx++) {
        long y = row * g->step + ky - g->top, x = column * g->step + kx - g->left;
        int inside = y >= 0 && x >= 0 && y % g->divisor == 0 && x % g->divisor == 0;
        y /= g->divisor;
        x /= g->divisor;
        inside = inside && y < (long)g->in_height && x < (long)g->in_width;
        table[(ky * g->kernel_width + kx) * stride + i] =
            inside ? image + ((size_t)y * g->in_width + (size_t)x) * g->channels : zeros;
      }
    if (++column == (long)g->out_width) {
      column = 0;
      if (++row == (long)g->out_height) {
        row = 0;
        sample++;
      }
    }
  }
}
