#ifndef EMOFARM_KERNELS_H
#define EMOFARM_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Columns per panel of a packed matrix: `[panels][rows][EK_PANEL]`; the last panel is padded with zeros.
#define EK_PANEL 32
/// Depth of a GEMM block.
#define EK_DEPTH 640

/// GEMM: c = a · b (+ c, or + bias + residual). The rows of a may lie anywhere: a table holds one address per row and tap.
///
/// A linear layer has one tap; a convolution has one tap per kernel position, and its rows are pixels of the image.
typedef struct {
  /// The rows of a: `[taps][table_stride]` addresses of `depth` floats. If `transposed`, the columns of a instead:
  /// `[depth]` addresses of `rows` floats, and one tap.
  const float *const *table;
  size_t table_stride;
  size_t taps;
  size_t depth;
  size_t rows;
  size_t columns;
  int transposed;
  /// Panels of EK_PANEL columns with a stride of `b_panel` floats; their rows have a stride of `b_row`. Whole registers are
  /// read.
  const float *b;
  size_t b_row;
  size_t b_panel;
  /// Strides of c between rows and between panels, in floats.
  float *c;
  size_t c_row;
  size_t c_panel;
  /// Whether c has room for whole registers after its last column.
  int padded;
  /// Whether the result is added to c. Otherwise c starts as `bias` (may be null) plus `residual` (laid out as c; may be
  /// null).
  int accumulate;
  const float *bias;
  const float *residual;
  /// What the caller's next GEMM reads first as b, if anything; it is fetched into the cache.
  const float *next;
} ek_gemm;

/// Row pairs whose sums `strassen` holds at a time.
#define EK_STRASSEN_PAIRS 112

/// A GEMM with one tap by Strassen's algorithm. It needs an even number of rows, an even depth and whole pairs of panels
/// with a row stride of `EK_PANEL`.
typedef struct {
  /// `padded` and `accumulate` are ignored.
  ek_gemm gemm;
  /// From `ek_strassen_sums`, starting at the first panel of `gemm`.
  const float *sums;
  /// 2 · EK_STRASSEN_PAIRS · EK_DEPTH floats.
  float *scratch;
} ek_strassen;

/// Maximum number of tiles in a call, and the number of output panels that it holds at a time.
#define EK_WINOGRAD_TILES 112
#define EK_WINOGRAD_PANELS 5
/// Channels whose transformed weights `winograd_panels` holds at a time.
#define EK_WINOGRAD_BLOCK 64
/// Padding between the planes of two points, in floats: one cache line, so that the planes do not evict each other.
#define EK_WINOGRAD_GAP 16

/// Interpolation points of tiles of 4×4 outputs, each with both signs, in addition to 0 and infinity.
#define EK_WINOGRAD_NEAR 0.625f
#define EK_WINOGRAD_FAR 1.5f

/// Some tiles of a 3×3 convolution with stride 1 and padding 1, for some of its output channels.
typedef struct {
  /// `[samples][height][width][channels]`; `channels` is a multiple of 16.
  const float *image;
  size_t height, width, channels, outputs;
  /// Side of a tile in outputs: 4 or 6. The larger tile needs a fifth fewer multiplications and has 64 instead of 36 transformed
  /// weights per kernel.
  int side;
  /// Tiles are counted row by row, sample by sample.
  size_t first_tile, tiles;
  size_t first_panel, panels;
  /// From `winograd_weights`: `[points][panels][channels][EK_PANEL]` with (side + 2)² points. `winograd_panels` takes
  /// untransformed packed weights: `[panels][9][channels][EK_PANEL]`.
  const float *weights;
  const float *bias;
  /// Laid out as `y`; may be null, as `bias` may.
  const float *residual;
  /// Whether the positive part of the sum is written.
  int relu;
  float *y;
  /// `channels` zeros.
  const float *zeros;
  /// `winograd`: points · tiles · (channels + EK_PANEL · EK_WINOGRAD_PANELS) floats; `winograd_panels`: 36 · ((EK_WINOGRAD_BLOCK +
  /// tiles) · EK_PANEL + EK_WINOGRAD_GAP).
  float *scratch;
  /// Output of `winograd_tiles` for all `all_tiles` tiles of the image: `[channel blocks][36]` planes of
  /// `[all_tiles][EK_WINOGRAD_BLOCK]` floats and a gap.
  float *patches;
  size_t all_tiles;
} ek_winograd;

/// Maximum number of queries in a call, and the number of keys in a block.
#define EK_QUERIES 56
#define EK_KEYS 512
/// Floats between two rows of scores: a cache line more than a block, so that the rows do not evict each other.
#define EK_SCORES (EK_KEYS + 16)
/// If no score exceeds this magnitude, softmax needs no row maximum: e^60 is 1e26.
#define EK_BOUNDED_SCORES 60.0f

/// Some queries of one head.
typedef struct {
  /// Rows of `depth` values with a stride of `q_row` words; the rows of the result have a stride of `row`.
  const float *q;
  size_t q_row;
  size_t row;
  size_t queries, keys, depth;
  /// The keys, transposed: `[panels of keys][depth][EK_PANEL]`.
  const float *k;
  /// The largest Euclidean norm of a key, or infinity.
  float key_length;
  /// The values: `[panels of depth][keys][EK_PANEL]`.
  const float *v;
  float *y;
  float scale;
  /// Number of keys visible to the first query; each following query sees one more. 0: all queries see all keys.
  size_t visible;
  /// queries · (EK_SCORES + depth rounded up to EK_PANEL) floats.
  float *scratch;
} ek_attention;

/// Which pixels of an image the outputs of a convolution read or, in the backward pass, which outputs read its pixels:
/// (row · step + tap − top) / divisor, if the division leaves no remainder.
typedef struct {
  const float *image;
  size_t in_height, in_width, channels;
  size_t out_height, out_width;
  long kernel_height, kernel_width;
  long step, divisor;
  long top, left;
} ek_geometry;

/// The loops of the engine, compiled once per instruction set.
///
/// All arrays hold 32-bit floats; `rows` of `n` values are contiguous unless a stride is given. Sums use 16 fixed lanes,
/// so their order does not depend on the instruction set.
typedef struct {
  /// y = x / (1 + e^-x). Here and below `y` may be `x`.
  void (*silu)(float *y, const float *x, size_t n);
  /// y = x · Φ(x), the exact form by erf.
  void (*gelu)(float *y, const float *x, size_t n);
  /// y = x / (1 + e^(-1.702 x)).
  void (*quick_gelu)(float *y, const float *x, size_t n);
  void (*relu)(float *y, const float *x, size_t n);
  void (*add)(float *y, const float *a, const float *b, size_t n);
  /// y = a·x + b·z.
  void (*blend)(float *y, float a, const float *x, float b, const float *z, size_t n);
  /// For each row y = x[0..n) · gelu(x[n..2n)): the input has rows of 2n values.
  void (*geglu)(float *y, const float *x, size_t rows, size_t n);
  /// Sets the rows of `c` (stride `ldc`) to `bias` (or 0) plus the rows of `residual` (stride `ldr`; may be null).
  void (*start_rows)(float *c, size_t ldc, const float *bias, const float *residual, size_t ldr, size_t rows,
                     size_t n);
  /// Adds each column's sum and sum of squares to `sum[n]` and `squares[n]`.
  void (*column_sums)(const float *x, size_t rows, size_t n, double *sum, double *squares);
  /// y = x · scale[column] + shift[column].
  void (*scale_shift)(float *y, const float *x, size_t rows, size_t n, const float *scale, const float *shift);
  /// Normalises each row to mean 0 and variance 1, then applies gain[column] and bias[column].
  void (*layer_norm)(float *y, const float *x, size_t rows, size_t n, const float *gain, const float *bias,
                     float epsilon);
  /// Softmax of `scale`·x over the first `min(n, first_visible + row)` values of each row; sets the others to 0.
  /// `first_visible` is `n` if there is no mask.
  void (*softmax)(float *x, size_t rows, size_t n, float scale, size_t first_visible);

  // Backward passes. `dy` is the gradient of the result; `dx` receives the gradient of `x` and may be `dy`.

  /// y = a · b.
  void (*multiply)(float *y, const float *a, const float *b, size_t n);
  void (*silu_back)(float *dx, const float *dy, const float *x, size_t n);
  void (*gelu_back)(float *dx, const float *dy, const float *x, size_t n);
  void (*quick_gelu_back)(float *dx, const float *dy, const float *x, size_t n);
  void (*relu_back)(float *dx, const float *dy, const float *x, size_t n);
  /// `dx` and `x` have rows of 2n values; `dx` must not alias another array.
  void (*geglu_back)(float *dx, const float *dy, const float *x, size_t rows, size_t n);
  /// Adds the sums of `n` columns of `a` to `sum[n]` and, unless `b` is null, those of a · b to `dots[n]`; the row stride is
  /// `stride`.
  void (*column_dots)(const float *a, const float *b, size_t stride, size_t rows, size_t n, double *sum, double *dots);
  /// y = a · p[column] + b · q[column] + r[column]; `y` may be `a`.
  void (*combine)(float *y, const float *a, const float *b, size_t rows, size_t n, const float *p, const float *q,
                  const float *r);
  /// `unit` receives the normalised rows before gain and bias; `dx` must not alias another array.
  void (*layer_norm_back)(float *dx, float *unit, const float *dy, const float *x, size_t rows, size_t n,
                          const float *gain, float epsilon);
  /// Turns `g` from the gradient of the probabilities `p` into the gradient of the scores.
  void (*softmax_back)(float *g, const float *p, size_t rows, size_t n, float scale);

  void (*gemm)(const ek_gemm *p);
  /// Null for instruction sets with few registers: smaller tiles read the right operand so often that nothing is gained.
  void (*strassen)(const ek_strassen *s);
  void (*winograd)(const ek_winograd *w);
  /// G·g·Gᵀ for panel `panel` of packed 3×3 weights and tiles of `side` outputs: `[(side + 2)²][panels][channels][EK_PANEL]`.
  void (*winograd_weights)(float *transformed, const float *packed, size_t outputs, size_t channels, size_t panel,
                           int side);
  /// The same convolution in tiles of 4×4 outputs, for images with few tiles, from untransformed weights. `winograd_tiles`
  /// computes the patches of some tiles; then `winograd_panels` computes some output panels of some tiles from all patches.
  void (*winograd_tiles)(const ek_winograd *w);
  void (*winograd_panels)(const ek_winograd *w);
  void (*attention)(const ek_attention *a);

  /// Converts to bf16, rounding to nearest; `y` may start at `x`.
  void (*to_bf16)(uint16_t *y, const float *x, size_t n);
  /// bf16 GEMM with fp32 accumulation: rows of a and panels of b hold 32-bit words of two bf16 values along the depth, which
  /// is counted in words. Null if the CPU lacks the instruction.
  void (*bf16_gemm)(const ek_gemm *p);
  /// `winograd` with bf16 weights from `bf16_winograd_weights`.
  void (*bf16_winograd)(const ek_winograd *w);
  /// `winograd_weights` in words of two channels: `[(side + 2)²][panels][channels / 2][EK_PANEL]`.
  void (*bf16_winograd_weights)(float *words, const float *packed, size_t outputs, size_t channels, size_t panel,
                                int side);
  /// `attention` with `q`, `k` and `v` in bf16. `depth` still counts values and is even; the keys of `v` come in pairs, the
  /// last of which may contain a row of zeros.
  void (*bf16_attention)(const ek_attention *a);
} ek_kernels;

typedef enum { EK_PORTABLE = 0, EK_AVX2 = 1, EK_AVX512 = 2, EK_NEON = 3 } ek_isa;

/// The best instruction set that this CPU and operating system support.
ek_isa ek_best_isa(void);

/// Whether this CPU has bf16 dot products in addition to AVX-512.
int ek_has_avx512_bf16(void);

/// Whether the CPU's bf16 dot products are faster than the two fp32 multiply-adds that each of them replaces. On Intel's CPUs
/// they take twice as long.
int ek_has_fast_dot_products(void);

/// The AVX-512 kernels whose bf16 multiplications are dot products, or are `widened` to fp32 multiply-adds; both compute the
/// same bits. Null if the CPU lacks the former.
const ek_kernels *ek_bf16_kernels(int widened);

/// The kernels of an instruction set; null if this build or CPU lacks it.
const ek_kernels *ek_kernels_for(ek_isa isa);

/// Packs weights `[outputs][channels · taps]` into panel `panel` with rows (tap, channel): `[inputs][EK_PANEL]`.
void ek_pack(float *block, const float *weight, size_t outputs, size_t inputs, size_t taps, size_t panel);

/// The inverse of `ek_pack`, for all panels.
void ek_unpack(float *weight, const float *packed, size_t outputs, size_t inputs, size_t taps);

/// Panel `panel` of packed weights with each tap transposed and the taps reversed: rows (tap, output), columns the
/// channels.
void ek_exchange(float *exchanged, const float *packed, size_t outputs, size_t channels, size_t taps, size_t panel);

/// The sums of the right operand that `strassen` needs, for panels `2 · pair` and `2 · pair + 1`:
/// `[pairs][depth in blocks of EK_DEPTH][4][half a block][EK_PANEL]`.
void ek_strassen_sums(float *sums, const float *packed, size_t inputs, size_t pair);

/// Packs `count` rows of `columns` floats with stride `stride` into panels.
void ek_panels(float *panels, const float *rows, size_t stride, size_t count, size_t columns);

/// Packs the transpose of the rows, `[row panels][columns][EK_PANEL]`.
///
/// Returns the largest squared norm of a row, or NaN if there is one.
float ek_transposed_panels(float *panels, const float *rows, size_t stride, size_t count, size_t columns);

/// Converts one panel of `rows` rows to bf16 in words of two rows: `[(rows + 1) / 2][EK_PANEL]`, the first row in the low 16
/// bits.
void ek_bf16_panels(uint32_t *words, const float *panels, size_t rows);

/// The addresses that outputs `first` to `first + count - 1` read at each tap: `[taps][stride]`; `zeros` outside of the
/// image.
void ek_receptive_rows(const float **table, const ek_geometry *g, size_t first, size_t count, size_t stride,
                       const float *zeros);

#endif
