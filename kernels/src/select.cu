// The choice of one token of activations [B, tokens, C]. A thread makes one element.
#include "compute.h"

using namespace zowarmup;

// y[n] = x[n, index].
// Grid: batch * channels / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    selectToken(const act_t* x, act_t* y, int batch, int tokens, int channels, int index) {
  for (long long item = firstItem(); item < static_cast<long long>(batch) * channels; item += itemStride()) {
    const long long n = item / channels;
    y[item] = x[(n * tokens + index) * channels + (item - n * channels)];
  }
}

// dx[n, index] = dy[n], 0 elsewhere.
// Grid: batch * tokens * channels / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    selectTokenBackward(const act_t* dy, act_t* dx, int batch, int tokens, int channels, int index) {
  const long long perSample = static_cast<long long>(tokens) * channels;
  for (long long item = firstItem(); item < batch * perSample; item += itemStride()) {
    const long long n = item / perSample;
    const long long within = item - n * perSample - static_cast<long long>(index) * channels;
    if (within >= 0 && within < channels) {
      dx[item] = dy[n * channels + within];
    } else {
      store(dx + item, 0.0f);
    }
  }
}
