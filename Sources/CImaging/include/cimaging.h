// libpng and libjpeg behind plain calls. The libraries report errors by longjmp, which must not cross Swift frames, so
// these functions return them instead. Callers check files and sizes first; no limit is enforced here.

#ifndef CIMAGING_H
#define CIMAGING_H

#include <stddef.h>
#include <stdint.h>

/// Why a call failed.
typedef struct {
  /// The offset of the next input byte; -1 if the failure has no place in the input.
  int64_t offset;
  char message[160];
} ci_failure;

/// A range of a file.
typedef struct {
  size_t offset;
  size_t length;
} ci_stretch;

/// Compresses `width * height` RGB pixels into a PNG; `ancillary` (whole chunks, ready to be written) goes between
/// IHDR and IDAT. On success (0) `*out` holds `*out_length` bytes, to be freed with `ci_free`.
int ci_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, const uint8_t *ancillary, size_t ancillary_length,
    uint8_t **out, size_t *out_length, ci_failure *failure);

/// Reads the PNG that consists of the given ranges of `file` into `pixels` (RGB, `3 * width * height` bytes). Colour is
/// converted to 8-bit RGB: palettes and gray are expanded, 16 bits are scaled to 8, alpha is dropped. 0 on success.
int ci_decode(
    const uint8_t *file, const ci_stretch *stretches, size_t stretch_count, uint32_t width, uint32_t height,
    uint8_t *pixels, ci_failure *failure);

/// Reads the size of a JPEG's image from its header. 0 on success.
int ci_jpeg_size(const uint8_t *file, size_t length, uint32_t *width, uint32_t *height, ci_failure *failure);

/// Reads a JPEG of the given size into `pixels` (RGB, `3 * width * height` bytes); gray and CMYK are converted to RGB.
/// If libjpeg warns of lost pixels, such as in a file that ends too early, the call fails unless `accept_damage` is
/// set. 0 on success.
int ci_jpeg_decode(
    const uint8_t *file, size_t length, uint32_t width, uint32_t height, uint8_t *pixels, int accept_damage,
    ci_failure *failure);

/// Compresses `width * height` RGB pixels into a baseline JPEG of `quality` 1 to 100, with colour at half the
/// resolution both ways unless `full_colour` is set. On success (0) `*out` holds `*out_length` bytes, to be freed with
/// `ci_free`.
int ci_jpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, int full_colour, uint8_t **out,
    size_t *out_length, ci_failure *failure);

void ci_free(void *memory);

#endif
