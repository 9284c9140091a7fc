#include "cimaging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>
#include <setjmp.h>

/// More scans than any encoder writes. A file crafted to keep a decoder busy has thousands, each over the whole image.
static const int most_scans = 500;

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf escape;
  ci_failure *failure;
  /// The first warning about lost pixels; empty if there is none.
  char damage[sizeof((ci_failure){0}.message)];
} errors;

static void on_error(j_common_ptr info) {
  errors *state = (errors *)info->err;
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  snprintf(state->failure->message, sizeof state->failure->message, "%s", text);
  longjmp(state->escape, 1);
}

/// Levels below zero are warnings; all others are traces.
static void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  errors *state = (errors *)info->err;
  info->err->num_warnings += 1;
  switch (info->err->msg_code) {
  case JWRN_EXTRANEOUS_DATA:
  case JWRN_ADOBE_XFORM:
  case JWRN_JFIF_MAJOR:
    // These warnings lose no pixels: bytes between segments, or an ignored header.
    return;
  default:
    if (state->damage[0] != 0) return;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    snprintf(state->damage, sizeof state->damage, "%s", text);
  }
}

static void on_output(j_common_ptr info) { (void)info; }

static void on_progress(j_common_ptr info) {
  if (!info->is_decompressor || ((j_decompress_ptr)info)->input_scan_number <= most_scans) return;
  errors *state = (errors *)info->err;
  snprintf(state->failure->message, sizeof state->failure->message, "more than %d scans", most_scans);
  longjmp(state->escape, 1);
}

static struct jpeg_error_mgr *prepare(errors *state, ci_failure *failure) {
  failure->offset = -1;
  snprintf(failure->message, sizeof failure->message, "out of memory");
  state->failure = failure;
  state->damage[0] = 0;
  struct jpeg_error_mgr *base = jpeg_std_error(&state->base);
  base->error_exit = on_error;
  base->emit_message = on_message;
  base->output_message = on_output;
  return base;
}

/// The file offset of the next byte.
static int64_t position(const struct jpeg_decompress_struct *info, size_t length) {
  return info->src == NULL ? -1 : (int64_t)(length - info->src->bytes_in_buffer);
}

int ci_jpeg_size(const uint8_t *file, size_t length, uint32_t *width, uint32_t *height, ci_failure *failure) {
  errors state;
  struct jpeg_decompress_struct info;
  memset(&info, 0, sizeof info);
  info.err = prepare(&state, failure);
  if (setjmp(state.escape)) {
    failure->offset = position(&info, length);
    jpeg_destroy_decompress(&info);
    return 1;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, file, length);
  jpeg_read_header(&info, TRUE);
  *width = info.image_width;
  *height = info.image_height;
  jpeg_destroy_decompress(&info);
  return 0;
}

/// `a * b / 255`, rounded.
static uint8_t product(unsigned a, unsigned b) {
  unsigned value = a * b + 128;
  return (uint8_t)((value + (value >> 8)) >> 8);
}

/// Converts CMYK to RGB in place, from the row's start. The values are inverted, as in all files by Adobe's programs;
/// no others are in use.
static void from_inks(const uint8_t *inks, uint8_t *pixels, size_t width) {
  for (size_t x = 0; x < width; x++) {
    unsigned black = inks[4 * x + 3];
    for (size_t channel = 0; channel < 3; channel++)
      pixels[3 * x + channel] = (uint8_t)(black - product(255u - inks[4 * x + channel], black));
  }
}

int ci_jpeg_decode(
    const uint8_t *file, size_t length, uint32_t width, uint32_t height, uint8_t *pixels, int accept_damage,
    ci_failure *failure) {
  errors state;
  struct jpeg_decompress_struct info;
  struct jpeg_progress_mgr progress;
  memset(&info, 0, sizeof info);
  memset(&progress, 0, sizeof progress);
  info.err = prepare(&state, failure);
  if (setjmp(state.escape)) {
    failure->offset = position(&info, length);
    jpeg_destroy_decompress(&info);
    return 1;
  }
  jpeg_create_decompress(&info);
  progress.progress_monitor = on_progress;
  info.progress = &progress;
  jpeg_mem_src(&info, file, length);
  jpeg_read_header(&info, TRUE);
  int inks = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = inks ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&info);
  if (info.output_width != width || info.output_height != height) {
    snprintf(failure->message, sizeof failure->message, "the size is not the one asked for");
    longjmp(state.escape, 1);
  }
  JSAMPARRAY line = inks ? info.mem->alloc_sarray((j_common_ptr)&info, JPOOL_IMAGE, width * 4, 1) : NULL;
  while (info.output_scanline < height && (accept_damage || state.damage[0] == 0)) {
    uint8_t *row = pixels + (size_t)info.output_scanline * width * 3;
    jpeg_read_scanlines(&info, inks ? line : &row, 1);
    if (inks) from_inks(line[0], row, width);
  }
  // The end of the file is read too, because the last scan may be damaged.
  if (info.output_scanline == height) jpeg_finish_decompress(&info);
  if (state.damage[0] != 0 && !accept_damage) {
    memcpy(failure->message, state.damage, sizeof failure->message);
    longjmp(state.escape, 1);
  }
  jpeg_destroy_decompress(&info);
  return 0;
}

typedef struct {
  struct jpeg_destination_mgr base;
  uint8_t *bytes;
  size_t capacity;
  size_t length;
} destination;

static void on_start(j_compress_ptr info) { (void)info; }

/// Called when the buffer is full. jpeg_mem_dest is not used, because its buffer cannot be freed safely after an error.
static boolean on_full(j_compress_ptr info) {
  destination *to = (destination *)info->dest;
  size_t capacity = to->capacity == 0 ? 1 << 14 : to->capacity * 2;
  uint8_t *grown = realloc(to->bytes, capacity);
  if (grown == NULL) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  to->base.next_output_byte = grown + to->capacity;
  to->base.free_in_buffer = capacity - to->capacity;
  to->bytes = grown;
  to->capacity = capacity;
  return TRUE;
}

static void on_end(j_compress_ptr info) {
  destination *to = (destination *)info->dest;
  to->length = to->capacity - to->base.free_in_buffer;
}

int ci_jpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, int full_colour, uint8_t **out,
    size_t *out_length, ci_failure *failure) {
  destination to = {{NULL, 0, on_start, on_full, on_end}, NULL, 0, 0};
  errors state;
  struct jpeg_compress_struct info;
  memset(&info, 0, sizeof info);
  info.err = prepare(&state, failure);
  if (setjmp(state.escape)) {
    jpeg_destroy_compress(&info);
    free(to.bytes);
    return 1;
  }
  jpeg_create_compress(&info);
  info.dest = &to.base;
  on_full(&info);
  info.image_width = width;
  info.image_height = height;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  // Optimised Huffman tables are shorter than the standard ones, which matters in small images.
  info.optimize_coding = TRUE;
  if (full_colour) {
    info.comp_info[0].h_samp_factor = 1;
    info.comp_info[0].v_samp_factor = 1;
  }
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < height) {
    JSAMPROW row = (JSAMPROW)(pixels + (size_t)info.next_scanline * width * 3);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  *out = to.bytes;
  *out_length = to.length;
  return 0;
}
