// Positions and class token. Activations [B, tokens, C]; class token [C] and positions [tokens, C] are fp32. `tokens`
// counts the class token where there is one. A thread makes one element.
#include "compute.h"

using namespace zowarmup;

// y[n, t] = x[n, t] + positions[t]; with a class token (else null) y[n, 0] = classToken + positions[0] and y[n, t + 1]
// = x[n, t] + positions[t + 1]. Where there is a bias [C], x lacks it. y may be x where there is no class token.
// Grid: batch * tokens * channels / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    embedTokens(const act_t* x, const float* bias, const float* classToken, const float* positions, act_t* y, int batch,
                int tokens, int channels) {
  const long long perSample = static_cast<long long>(tokens) * channels;
  for (long long item = firstItem(); item < batch * perSample; item += itemStride()) {
    const long long n = item / perSample;
    const long long within = item - n * perSample;
    float value;
    if (classToken != nullptr && within < channels) {
      value = classToken[within];
    } else {
      value = load(classToken == nullptr ? x + item : x + n * (perSample - channels) + within - channels);
      value = bias == nullptr ? value : rounded(value + bias[within % channels]);
    }
    store(y + item, value + positions[within]);
  }
}

// dpositions[t] = sum over n of dy[n, t], in sample order; dclassToken (or null) is its first row.
// Grid: tokens * channels / 256, loops
extern "C" __global__ void __launch_bounds__(256)
    embedTokensBackward(const act_t* dy, float* dclassToken, float* dpositions, int batch, int tokens, int channels) {
  const long long perSample = static_cast<long long>(tokens) * channels;
  for (long long item = firstItem(); item < perSample; item += itemStride()) {
    float sum = 0.0f;
    for (int n = 0; n < batch; n++) {
      sum += load(dy + n * perSample + item);
    }
    dpositions[item] = sum;
    if (dclassToken != nullptr && item < channels) {
      dclassToken[item] = sum;
    }
  }
}

// dx[n, t] = dy[n, t + 1], t = 0 to tokens - 2: the gradient of what follows a class token.
// Grid: batch * tokens * channels / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    dropClassToken(const act_t* dy, act_t* dx, int batch, int tokens, int channels) {
  const long long perSample = static_cast<long long>(tokens - 1) * channels;
  for (long long item = firstItem(); item < batch * perSample; item += itemStride()) {
    dx[item] = dy[item + (item / perSample + 1) * channels];
  }
}
