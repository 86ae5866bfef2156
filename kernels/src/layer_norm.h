// Layer norm of one row by a warp, for the kernels that start with it and those that end with it.
#ifndef ZOWARMUP_LAYER_NORM_H
#define ZOWARMUP_LAYER_NORM_H

#include "reduce.h"

namespace zowarmup {

struct LayerNormForward {
  const act_t* x;
  const float* gain;
  const float* bias;
  act_t* y;
  float* mean;  // or null, as rstd
  float* rstd;
  int channels;
  float epsilon;
};

// W: elements of an access, which divide the channels.
template <int W>
ZOWARMUP_DEVICE void layerNormRow(const LayerNormForward& a, long long row) {
  const float count = static_cast<float>(a.channels);
  const int step = WARP_LANES * W;
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

}  // namespace zowarmup

#endif  // ZOWARMUP_LAYER_NORM_H
