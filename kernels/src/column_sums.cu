// partials[chunk, c] = sum over the rows of a chunk of dy[row, c]: the first half of a bias gradient, sum_rows.cu is
// the second. dy [rows, C]; partials [chunks, C] fp32. A block is 32 columns of one chunk.
#include "reduce.h"

using namespace zowarmup;

// Grid: channels / 32 x rows / rowsPerChunk
extern "C" __global__ void __launch_bounds__(256)
    columnSums(const act_t* dy, float* partials, long long rows, int channels, int rowsPerChunk) {
  __shared__ float scratch[ROW_LANES][WARP_LANES];
  const int column = static_cast<int>(blockIdx.x) * WARP_LANES + laneIndex();
  const int rowLane = static_cast<int>(threadIdx.x) / WARP_LANES;
  const long long first = static_cast<long long>(blockIdx.y) * rowsPerChunk;
  const long long last = first + rowsPerChunk < rows ? first + rowsPerChunk : rows;
  float sum = 0.0f;
  if (column < channels) {
    for (long long row = first + rowLane; row < last; row += ROW_LANES) {
      sum += load(dy + row * channels + column);
    }
  }
  scratch[rowLane][laneIndex()] = sum;
  __syncthreads();
  if (rowLane == 0 && column < channels) {
    float total = 0.0f;
    for (int r = 0; r < ROW_LANES; r++) {
      total += scratch[r][laneIndex()];
    }
    partials[static_cast<long long>(blockIdx.y) * channels + column] = total;
  }
}
