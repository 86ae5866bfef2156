// y = (x - mean) rstd gain + bias over the channels of a row (Ba, Kiros and Hinton 2016), rstd = 1 / sqrt(biased
// variance
// + epsilon). x, y [rows, C]; gain, bias [C] fp32; mean, rstd [rows] fp32 or null; y may be x. A warp takes a row.
#include "reduce.h"

namespace zowarmup {

struct LayerNormForward {
  const act_t* x;
  const float* gain;
  const float* bias;
  act_t* y;
  float* mean;
  float* rstd;
  long long rows;
  int channels;
  float epsilon;
};

template <int W>
ZOWARMUP_DEVICE void layerNorm(const LayerNormForward& a) {
  const float count = static_cast<float>(a.channels);
  const int step = WARP_LANES * W;
  for (long long row = firstRow(); row < a.rows; row += rowStride()) {
    const act_t* const x = a.x + row * a.channels;
    float v[W];
    float sum = 0.0f;
    for (int c = laneIndex() * W; c < a.channels; c += step) {
      loadVector(x + c, v);
#pragma unroll
      for (int j = 0; j < W; j++) {
        sum += v[j];
      }
    }
    const float mean = warpSum(sum) / count;
    float squares = 0.0f;
    for (int c = laneIndex() * W; c < a.channels; c += step) {
      loadVector(x + c, v);
#pragma unroll
      for (int j = 0; j < W; j++) {
        squares += (v[j] - mean) * (v[j] - mean);
      }
    }
    const float rstd = 1.0f / __fsqrt_rn(warpSum(squares) / count + a.epsilon);
    for (int c = laneIndex() * W; c < a.channels; c += step) {
      loadVector(x + c, v);
#pragma unroll
      for (int j = 0; j < W; j++) {
        v[j] = (v[j] - mean) * rstd * a.gain[c + j] + a.bias[c + j];
      }
      storeVector(a.y + row * a.channels + c, v);
    }
    if (laneIndex() == 0 && a.mean != nullptr) {
      a.mean[row] = mean;
      a.rstd[row] = rstd;
    }
  }
}

}  // namespace zowarmup

using namespace zowarmup;

// Grid: rows / 8, loops
extern "C" __global__ void __launch_bounds__(256)
    layerNormForward(const act_t* x, const float* gain, const float* bias, act_t* y, float* mean, float* rstd,
                     long long rows, int channels, float epsilon) {
  const LayerNormForward a = {x, gain, bias, y, mean, rstd, rows, channels, epsilon};
  if (channels % VECTOR == 0 && aligned16(x) && aligned16(y)) {
    layerNorm<VECTOR>(a);
  } else {
    layerNorm<1>(a);
  }
}
