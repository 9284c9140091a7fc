#ifndef EMOFARM_KERNELS_H
#define EMOFARM_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#endif
