// Sums over a warp or a block in an order that is fixed by the thread index.
#ifndef ZOWARMUP_REDUCE_H
#define ZOWARMUP_REDUCE_H

#include "compute.h"

namespace zowarmup {

constexpr int ROW_LANES = 256 / WARP_LANES;  // rows that a block of column sums reads at once

// The sum over all 32 threads of the warp, the same bits in each.
template <typename T>
ZOWARMUP_DEVICE T warpSum(T value) {
#pragma unroll
  for (int lanes = WARP_LANES / 2; lanes > 0; lanes /= 2) {
    value += __shfl_xor_sync(ALL_LANES, value, lanes);
  }
  return value;
}

// A NaN in any thread comes out.
ZOWARMUP_DEVICE float warpMaximum(float value) {
#pragma unroll
  for (int lanes = WARP_LANES / 2; lanes > 0; lanes /= 2) {
    const float other = __shfl_xor_sync(ALL_LANES, value, lanes);
    value = other > value || other != other ? other : value;
  }
  return value;
}

// The sum over a block of WARPS whole warps, the same bits in each thread. `scratch` is shared memory, [WARPS], free
// again on return.
template <int WARPS>
ZOWARMUP_DEVICE float blockSum(float value, float* scratch) {
  value = warpSum(value);
  if (laneIndex() == 0) {
    scratch[threadIdx.x / WARP_LANES] = value;
  }
  __syncthreads();
  float total = 0.0f;
#pragma unroll
  for (int w = 0; w < WARPS; w++) {
    total += scratch[w];
  }
  __syncthreads();
  return total;
}

}  // namespace zowarmup

#endif  // ZOWARMUP_REDUCE_H
