#ifndef EMOFARM_KERNELS_H
#define EMOFARM_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Columns that lie together in a packed matrix: `[panels][rows][EK_PANEL]`, the last panel filled up with zeros.
#define EK_PANEL 32
/// Steps of the depth that a product takes at a time.
#define EK_DEPTH 640

/// c = a · b (+ c, or + bias + residual), where a's rows lie anywhere: each is an address for each tap.
///
/// A linear layer has one tap; a convolution one for each place of its kernel, whose rows are pixels of the image.
typedef struct {
  /// The rows of a: `[taps][table_stride]` addresses of `depth` floats. Transposed: the columns of a, `[depth]`
  /// addresses of `rows` floats, and one tap.
  const float *const *table;
  size_t table_stride;
  size_t taps;
  size_t depth;
  size_t rows;
  size_t columns;
  int transposed;
  /// Panels of EK_PANEL columns, `b_panel` apart, of rows `b_row` apart; whole registers are read.
  const float *b;
  size_t b_row;
  size_t b_panel;
  /// Rows `c_row` apart in panels `c_panel` apart.
  float *c;
  size_t c_row;
  size_t c_panel;
  /// Whether c has room for whole registers behind its last column.
  int padded;
  /// Whether c is added to; otherwise it begins as `bias` (may be null) plus `residual` (laid out as c; may be null).
  int accumulate;
  const float *bias;
  const float *residual;
} ek_product;

/// Pairs of rows whose sums `strassen` holds at a time.
#define EK_STRASSEN_PAIRS 112

/// A product of one tap by Strassen's algorithm: an even number of rows, an even depth, whole pairs of panels in rows
/// `EK_PANEL` apart.
typedef struct {
  /// `padded` and `accumulate` count for nothing.
  ek_product product;
  /// Of `ek_strassen_sums`, from the first panel of `product` on.
  const float *sums;
  /// 2 · EK_STRASSEN_PAIRS · EK_DEPTH floats.
  float *scratch;
} ek_strassen;

/// Tiles that a call takes at most, and panels of outputs that it holds at a time.
#define EK_WINOGRAD_TILES 112
#define EK_WINOGRAD_PANELS 4
/// Channels whose transformed weights `winograd_panels` holds at a time.
#define EK_WINOGRAD_BLOCK 64
/// Floats between what it holds of one point and of the next: a cache line, so that points do not evict each other.
#define EK_WINOGRAD_GAP 16

/// Where the polynomials of tiles of 4×4 outputs are evaluated, with either sign, beside 0 and infinity.
#define EK_WINOGRAD_NEAR 0.625f
#define EK_WINOGRAD_FAR 1.5f

/// Some tiles of a 3×3 convolution of stride 1 with a border of one zero, for some of its outputs.
typedef struct {
  /// `[samples][height][width][channels]`, the channels a multiple of 16.
  const float *image;
  size_t height, width, channels, outputs;
  /// Of a tile, in outputs: 4 or 6. The larger one has a fifth fewer products and transformed weights of 64 instead of 36.
  int side;
  /// Tiles are counted row by row, sample by sample.
  size_t first_tile, tiles;
  size_t first_panel, panels;
  /// Of `winograd_weights`: `[points][panels][channels][EK_PANEL]`, (side + 2)² points. `winograd_panels` takes packed ones
  /// as they are: `[panels][9][channels][EK_PANEL]`.
  const float *weights;
  const float *bias;
  /// Laid out as `y`; may be null, as `bias` may.
  const float *residual;
  float *y;
  /// `channels` zeros.
  const float *zeros;
  /// `winograd`: points · tiles · (channels + EK_PANEL · EK_WINOGRAD_PANELS) floats; `winograd_panels`: 36 · ((EK_WINOGRAD_BLOCK +
  /// tiles) · EK_PANEL + EK_WINOGRAD_GAP).
  float *scratch;
  /// What `winograd_tiles` makes of all tiles of the image, `all_tiles`: `[blocks of channels][36]` times
  /// `[all tiles][EK_WINOGRAD_BLOCK]` floats and a gap.
  float *patches;
  size_t all_tiles;
} ek_winograd;

/// Queries that a call takes at most, and keys that it takes at a time.
#define EK_QUERIES 56
#define EK_KEYS 512
/// Scores up to which, with either sign, attention needs no maxima: e^60 is 1e26.
#define EK_BOUNDED_SCORES 60.0f

/// Some queries of one head.
typedef struct {
  /// Rows of `depth` values, `q_row` words apart; the result's lie `row` apart.
  const float *q;
  size_t q_row;
  size_t row;
  size_t queries, keys, depth;
  /// The keys, transposed: `[panels of keys][depth][EK_PANEL]`.
  const float *k;
  /// The greatest length of a key as a vector, or infinity.
  float key_length;
  /// The values: `[panels of depth][keys][EK_PANEL]`.
  const float *v;
  float *y;
  float scale;
  /// How many keys the first query sees, each other one more than the one before; 0 where all see all.
  size_t visible;
  /// queries · (EK_KEYS + depth rounded up to EK_PANEL) floats.
  float *scratch;
} ek_attention;

/// Which pixels of an image the outputs of a convolution see; or, on the way back, which outputs saw its pixels:
/// (row · step + tap − top) / divisor, where it divides.
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

  void (*product)(const ek_product *p);
  /// Null where a tile's registers are too few: what it saves, reading the right side more often then costs again.
  void (*strassen)(const ek_strassen *s);
  void (*winograd)(const ek_winograd *w);
  /// G·g·Gᵀ of panel `panel` of packed 3×3 weights for tiles of `side` outputs: `[(side + 2)²][panels][channels][EK_PANEL]`.
  void (*winograd_weights)(float *transformed, const float *packed, size_t outputs, size_t channels, size_t panel,
                           int side);
  /// The same convolution in tiles of 4×4 outputs without weights transformed before, for few tiles: first the patches of
  /// some tiles, then from all patches some panels of outputs of some tiles.
  void (*winograd_tiles)(const ek_winograd *w);
  void (*winograd_panels)(const ek_winograd *w);
  void (*attention)(const ek_attention *a);

  /// To bfloat16, the nearest; `y` may begin where `x` does.
  void (*halve)(uint16_t *y, const float *x, size_t n);
  /// The same products of pairs of bfloat16 values with sums in 32 bits: rows of a and panels of b hold words of two
  /// values each along the depth, which counts words. Null where the processor has no such instruction.
  void (*half_product)(const ek_product *p);
  /// The same convolution as `winograd`'s by weights of `half_winograd_weights`.
  void (*half_winograd)(const ek_winograd *w);
  /// As `winograd_weights`, in pairs of channels: `[(side + 2)²][panels][channels / 2][EK_PANEL]` words.
  void (*half_winograd_weights)(float *words, const float *packed, size_t outputs, size_t channels, size_t panel,
                                int side);
  /// The same attention of `q`, `k` and `v` in halves: `depth` still counts values, an even number of them; the keys of
  /// `v` come in pairs, the last perhaps with a row of zeros.
  void (*half_attention)(const ek_attention *a);
} ek_kernels;

typedef enum { EK_PORTABLE = 0, EK_AVX2 = 1, EK_AVX512 = 2, EK_NEON = 3 } ek_isa;

/// The best instruction set that this processor and operating system offer.
ek_isa ek_best_isa(void);

/// Whether this processor has bfloat16 dot products beside AVX-512.
int ek_has_avx512_bf16(void);

/// The kernels of an instruction set; null where this build or processor lacks it.
const ek_kernels *ek_kernels_for(ek_isa isa);

/// Weights `[outputs][channels · taps]` to panel `panel` of rows (tap, channel): `[inputs][EK_PANEL]`.
void ek_pack(float *block, const float *weight, size_t outputs, size_t inputs, size_t taps, size_t panel);

/// The way back from `ek_pack`, all panels.
void ek_unpack(float *weight, const float *packed, size_t outputs, size_t inputs, size_t taps);

/// Panel `panel` of packed weights with the two sides of each tap exchanged and the taps in reverse: rows (tap, output),
/// columns the channels.
void ek_exchange(float *exchanged, const float *packed, size_t outputs, size_t channels, size_t taps, size_t panel);

/// The sums of the right side that `strassen` takes, of panels `2 · pair` and `2 · pair + 1`:
/// `[pairs][depth in blocks of EK_DEPTH][4][half a block][EK_PANEL]`.
void ek_strassen_sums(float *sums, const float *packed, size_t inputs, size_t pair);

/// `count` rows of `columns` floats, `stride` apart, to panels.
void ek_panels(float *panels, const float *rows, size_t stride, size_t count, size_t columns);

/// The same of the rows' transpose, `[panels of rows][columns][EK_PANEL]`, and the greatest square of a row's length.
float ek_transposed_panels(float *panels, const float *rows, size_t stride, size_t count, size_t columns);

/// Panels' `rows` rows in pairs, as bfloat16: `[(rows + 1) / 2][EK_PANEL]` words, the first row's value in the low half.
/// One panel a call.
void ek_half_panels(uint32_t *words, const float *panels, size_t rows);

/// The addresses of what outputs `first` and the `count - 1` after it see, tap by tap: `[taps][stride]`; `zeros`
/// outside of the image.
void ek_receptive_rows(const float **table, const ek_geometry *g, size_t first, size_t count, size_t stride,
                       const float *zeros);

#endif
