// Gradients of layerNormForward. With xhat = (x - mean) rstd and h = dy gain: dx = rstd (h - mean(h) - xhat mean(h
// xhat)), means over the row; partials [chunks, 2, C] receive each chunk's sums of dy xhat (for dgain) and of dy (for
// dbias), sum_rows.cu adds them. x, dy, dx [rows, C]; dx may be dy. A block is a chunk of rows.
#include "reduce.h"

namespace zowarmup {

struct LayerNormBackward {
  const act_t* x;
  const float* mean;
  const float* rstd;
  const float* gain;
  const act_t* dy;
  act_t* dx;
  float* partials;
  int channels;
};

ZOWARMUP_DEVICE void sumChunk(const LayerNormBackward& a, long long first, long long last) {
  float* const dgain = a.partials + static_cast<long long>(blockIdx.x) * 2 * a.channels;
  for (int c = static_cast<int>(threadIdx.x); c < a.channels; c += static_cast<int>(blockDim.x)) {
    float sum = 0.0f, sumX = 0.0f;
    for (long long row = first; row < last; row++) {
      const float d = load(a.dy + row * a.channels + c);
      sum += d;
      sumX += d * ((load(a.x + row * a.channels + c) - a.mean[row]) * a.rstd[row]);
    }
    dgain[c] = sumX;
    dgain[a.channels + c] = sum;
  }
}

// A warp.
template <int W>
ZOWARMUP_DEVICE void backOneRow(const LayerNormBackward& a, long long row) {
  const long long origin = row * a.channels;
  const float mean = a.mean[row];
  const float rstd = a.rstd[row];
  float x[W], d[W];
  float sumH = 0.0f, sumHx = 0.0f;
  for (int c = laneIndex() * W; c < a.channels; c += WARP_LANES * W) {
    loadVector(a.x + origin + c, x);
    loadVector(a.dy + origin + c, d);
#pragma unroll
    for (int j = 0; j < W; j++) {
      const float h = d[j] * a.gain[c + j];
      sumH += h;
      sumHx += h * ((x[j] - mean) * rstd);
    }
  }
  const float meanH = warpSum(sumH) / static_cast<float>(a.channels);
  const float meanHx = warpSum(sumHx) / static_cast<float>(a.channels);
  for (int c = laneIndex() * W; c < a.channels; c += WARP_LANES * W) {
    loadVector(a.x + origin + c, x);
    loadVector(a.dy + origin + c, d);
#pragma unroll
    for (int j = 0; j < W; j++) {
      d[j] = rstd * (d[j] * a.gain[c + j] - meanH - (x[j] - mean) * rstd * meanHx);
    }
    storeVector(a.dx + origin + c, d);
  }
}

}  // namespace zowarmup

using namespace zowarmup;

// Grid: rows / rowsPerChunk
extern "C" __global__ void __launch_bounds__(256)
    layerNormBackward(const act_t* x, const float* mean, const float* rstd, const float* gain, const act_t* dy,
                      act_t* dx, float* partials, long long rows, int channels, int rowsPerChunk) {
  const LayerNormBackward a = {x, mean, rstd, gain, dy, dx, partials, channels};
  const long long first = static_cast<long long>(blockIdx.x) * rowsPerChunk;
  const long long last = first + rowsPerChunk < rows ? first + rowsPerChunk : rows;
  sumChunk(a, first, last);
  __syncthreads();  // dx may be dy
  const bool vectors = channels % VECTOR == 0 && aligned16(x) && aligned16(dy) && aligned16(dx);
  for (long long row = first + threadIdx.x / WARP_LANES; row < last; row += blockDim.x / WARP_LANES) {
    if (vectors) {
      backOneRow<VECTOR>(a, row);
    } else {
      backOneRow<1>(a, row);
    }
  }
}
