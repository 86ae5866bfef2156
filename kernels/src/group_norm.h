// What the two directions of group norm share.
#ifndef ZOWARMUP_GROUP_NORM_KERNELS_H
#define ZOWARMUP_GROUP_NORM_KERNELS_H

#include "reduce.h"

namespace zowarmup {

constexpr int NORM_THREADS = 512;  // of a block, which is one group of one sample
constexpr int NORM_WARPS = NORM_THREADS / WARP_LANES;

}  // namespace zowarmup

#endif  // ZOWARMUP_GROUP_NORM_KERNELS_H
