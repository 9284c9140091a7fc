#include "CCLIPVocabulary.h"

// #embed is a part of C23 that clang also offers in earlier modes, with a warning.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char merges[] = {
#embed "merges.txt"
};

const unsigned char *clip_merges(void) { return merges; }

size_t clip_merges_count(void) { return sizeof merges; }
