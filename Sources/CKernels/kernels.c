#include "kernels.h"

#include <math.h>
#include <string.h>

#define LANES 16

#define NAME(x) portable_##x
#include "loops.inc"
#undef NAME

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) avx2_##x
#include "loops.inc"
#undef NAME
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define NAME(x) avx512_##x
#include "loops.inc"
#undef NAME
#pragma clang attribute pop
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
  // The portable loops are compiled with NEON, which every 64-bit ARM processor has.
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

const ek_kernels *ek_kernels_for(ek_isa isa) {
  if (isa == EK_PORTABLE) return &portable_table;
#if defined(__x86_64__)
  if (isa > ek_best_isa()) return 0;
  if (isa == EK_AVX2) return &avx2_table;
  if (isa == EK_AVX512) return &avx512_table;
#elif defined(__aarch64__)
  if (isa == EK_NEON) return &portable_table;
#endif
  return 0;
}

void ek_pack(float *packed, const float *weight, size_t outputs, size_t inputs, size_t taps) {
  enum { BLOCK = 32 };
  size_t channels = inputs / taps;
  // Square blocks keep both sides of the transposition in the cache.
  for (size_t output = 0; output < outputs; output += BLOCK) {
    size_t last = output + BLOCK < outputs ? output + BLOCK : outputs;
    for (size_t input = 0; input < inputs; input += BLOCK) {
      size_t end = input + BLOCK < inputs ? input + BLOCK : inputs;
      for (size_t i = input; i < end; i++) {
        float *row = packed + (i % taps * channels + i / taps) * outputs;
        for (size_t o = output; o < last; o++) row[o] = weight[o * inputs + i];
      }
    }
  }
}
