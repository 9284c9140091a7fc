#pragma once

#include <stddef.h>

/// The text of CLIP's merges.txt, which is not terminated by a zero byte.
const unsigned char *clip_merges(void);

/// The number of bytes of the text.
size_t clip_merges_count(void);
