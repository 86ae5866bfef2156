// Softmax over the rows of attention scores [rows, columns]. The scores come from a matrix product in fp32; the
// probabilities are in the compute type. A warp takes a row.
#include "reduce.h"

using namespace zowarmup;

// y = softmax(scale x); y may be x where both are fp32.
extern "C" __global__ void __launch_bounds__(256)
    softmaxForward(const float* x, act_t* y, long long rows, int columns, float scale) {
  for (long long row = firstRow(); row < rows; row += rowStride()) {
    const float* const in = x + row * columns;
    float maximum = scale * in[0];
    for (int c = laneIndex(); c < columns; c += WARP_LANES) {
      const float v = scale * in[c];
      maximum = v > maximum || v != v ? v : maximum;
    }
    maximum = warpMaximum(maximum);
    float sum = 0.0f;
    for (int c = laneIndex(); c < columns; c += WARP_LANES) {
      sum += expf(scale * in[c] - maximum);
    }
    const float factor = 1.0f / warpSum(sum);
    for (int c = laneIndex(); c < columns; c += WARP_LANES) {
      store(y + row * columns + c, expf(scale * in[c] - maximum) * factor);
    }
  }
}

// dx = scale y (dy - sum(dy y)); dx may be dy where both are fp32.
extern "C" __global__ void __launch_bounds__(256)
    softmaxBackward(const act_t* y, const float* dy, act_t* dx, long long rows, int columns, float scale) {
  for (long long row = firstRow(); row < rows; row += rowStride()) {
    const long long origin = row * columns;
    float sum = 0.0f;
    for (int c = laneIndex(); c < columns; c += WARP_LANES) {
      sum += dy[origin + c] * load(y + origin + c);
    }
    sum = warpSum(sum);
    for (int c = laneIndex(); c < columns; c += WARP_LANES) {
      store(dx + origin + c, scale * load(y + origin + c) * (dy[origin + c] - sum));
    }
  }
}
