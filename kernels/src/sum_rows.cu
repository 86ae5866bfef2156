// out[c] = sum over r of in[r * rowStride + c], c = 0 to columns - 1, in an order fixed by the shape: the second half
// of the gradients of biases and norms. A block is 32 columns.
#include "reduce.h"

using namespace zowarmup;

// Grid: columns / 32
extern "C" __global__ void __launch_bounds__(256)
    sumRows(const float* in, float* out, int rows, int columns, long long rowStride) {
  __shared__ float scratch[ROW_LANES][WARP_LANES];
  const int column = static_cast<int>(blockIdx.x) * WARP_LANES + laneIndex();
  const int rowLane = static_cast<int>(threadIdx.x) / WARP_LANES;
  float sum = 0.0f;
  if (column < columns) {
    for (int row = rowLane; row < rows; row += ROW_LANES) {
      sum += in[row * rowStride + column];
    }
  }
  scratch[rowLane][laneIndex()] = sum;
  __syncthreads();
  if (rowLane == 0 && column < columns) {
    float total = 0.0f;
    for (int r = 0; r < ROW_LANES; r++) {
      total += scratch[r][laneIndex()];
    }
    out[column] = total;
  }
}
