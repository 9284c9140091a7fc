// Runs one kernel on made-up numbers, so that its instructions can be counted: KernelWork SET KERNEL, with the sets
// portable and avx2. `nothing` prepares and runs nothing.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

// Values of −1 … 1 that repeat only after a long time.
static float *numbers(size_t count) {
  float *values = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
  unsigned state = 1;
  for (size_t i = 0; i < count; i++) {
    state = state * 1664525u + 1013904223u;
    values[i] = (float)(state >> 8) / (1 << 23) - 1;
  }
  return values;
}

enum { ROWS = 140, COLUMNS = 128, DEPTH = 160, SIDE = 16, CHANNELS = 64, QUERIES = 56, KEYS = 256, HEAD = 40 };

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: KernelWork portable|avx2 KERNEL\n");
    return 2;
  }
  const ek_kernels *kernels = ek_kernels_for(strcmp(arguments[1], "avx2") ? EK_PORTABLE : EK_AVX2);
  if (!kernels) {
    fprintf(stderr, "this CPU has no %s instructions\n", arguments[1]);
    return 1;
  }
  const char *name = arguments[2];
  enum { MOST = 1 << 17 };
  float *a = numbers(MOST), *b = numbers(MOST), *c = numbers(MOST), *d = numbers(4 * MOST), *e = numbers(8 * MOST);
  if (!strcmp(name, "gemm")) {
    const float *table[ROWS];
    for (size_t row = 0; row < ROWS; row++) table[row] = a + row * DEPTH;
    ek_gemm call = {.table = table, .table_stride = ROWS, .taps = 1, .depth = DEPTH, .rows = ROWS,
                       .columns = COLUMNS, .b = b, .b_row = EK_PANEL, .b_panel = DEPTH * EK_PANEL, .c = c,
                       .c_row = COLUMNS, .c_panel = EK_PANEL, .bias = a, .residual = d};
    kernels->gemm(&call);
  } else if (!strcmp(name, "winograd4") || !strcmp(name, "winograd6")) {
    int tile = name[8] - '0', across = (SIDE + tile - 1) / tile;
    ek_winograd call = {.image = a, .side = tile, .height = SIDE, .width = SIDE, .channels = CHANNELS,
                        .outputs = CHANNELS, .tiles = across * across, .panels = CHANNELS / EK_PANEL, .weights = d,
                        .bias = b, .y = c, .zeros = b, .scratch = e};
    kernels->winograd(&call);
  } else if (!strcmp(name, "winograd_panels")) {
    enum { TILES = SIDE / 4 * (SIDE / 4) };
    ek_winograd call = {.image = a, .side = 4, .height = SIDE, .width = SIDE, .channels = CHANNELS, .outputs = CHANNELS,
                        .tiles = TILES, .all_tiles = TILES, .panels = CHANNELS / EK_PANEL, .weights = d, .bias = b,
                        .y = c, .zeros = b, .scratch = e, .patches = e + MOST};
    kernels->winograd_tiles(&call);
    kernels->winograd_panels(&call);
  } else if (!strcmp(name, "attention")) {
    ek_attention call = {.q = a, .q_row = HEAD, .row = HEAD, .queries = QUERIES, .keys = KEYS, .depth = HEAD, .k = b,
                         .key_length = HEAD, .v = d, .y = c, .scale = 0.158f, .scratch = e};
    kernels->attention(&call);
  } else if (!strcmp(name, "silu")) {
    kernels->silu(c, a, MOST);
  } else if (!strcmp(name, "geglu")) {
    kernels->geglu(c, d, MOST / CHANNELS, CHANNELS);
  } else if (!strcmp(name, "layer_norm")) {
    kernels->layer_norm(c, a, MOST / CHANNELS, CHANNELS, b, d, 1e-5f);
  } else if (!strcmp(name, "scale_shift")) {
    kernels->scale_shift(c, a, MOST / CHANNELS, CHANNELS, b, d);
  } else if (!strcmp(name, "silu_back")) {
    kernels->silu_back(c, a, b, MOST);
  } else if (strcmp(name, "nothing")) {
    fprintf(stderr, "there is no kernel '%s'\n", name);
    return 2;
  }
  // The compiler cannot remove work whose result is printed.
  float sum = 0;
  for (size_t i = 0; i < MOST; i++) sum += c[i];
  printf("%g\n", sum);
  return 0;
}
