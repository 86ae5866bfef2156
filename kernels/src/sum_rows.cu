// out[c] = sum over r of in[r, c], in an order fixed by the shape: the second half of the gradients of biases and
// norms. in [rows, parts, columns]; out [columns] is of the first part, second [columns] of the other where there are
// two. A block is 32 sums.
#include "reduce.h"

using namespace zowarmup;

// Grid: parts * columns / 32
extern "C" __global__ void __launch_bounds__(256)
    sumRows(const float* in, float* out, float* second, int rows, int parts, int columns) {
  __shared__ float scratch[ROW_LANES][WARP_LANES];
  const int width = parts * columns;
  const int column = static_cast<int>(blockIdx.x) * WARP_LANES + laneIndex();
  const int rowLane = static_cast<int>(threadIdx.x) / WARP_LANES;
  float sum = 0.0f;
  if (column < width) {
    for (int row = rowLane; row < rows; row += ROW_LANES) {
      sum += in[static_cast<long long>(row) * width + column];
    }
  }
  scratch[rowLane][laneIndex()] = sum;
  __syncthreads();
  if (rowLane == 0 && column < width) {
    float total = 0.0f;
    for (int r = 0; r < ROW_LANES; r++) {
      total += scratch[r][laneIndex()];
    }
    if (column < columns) {
      out[column] = total;
    } else {
      second[column - columns] = total;
    }
  }
}
