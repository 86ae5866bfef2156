// y = act((x - mean) rstd gain + bias (+ residual)) over the pixels of a sample and the channels of a group (Wu and He
// 2018), rstd = 1 / sqrt(biased variance + epsilon). x, residual, y [B, pixels, C]; gain, bias [C] fp32; mean, rstd
// [B, G] fp32. residual, mean and rstd may be null; y may be x or residual. A block is one group of one sample.
#include "group_norm.h"

namespace zowarmup {

struct GroupNormForward {
  const act_t* x;
  const act_t* residual;
  const float* gain;
  const float* bias;
  act_t* y;
  float* mean;
  float* rstd;
  int pixels;
  int channels;
  int groups;
  float epsilon;
  int activates;
};

// Walks the vectors of W channels of a group, pixel after pixel: number i is channel vector i % V of pixel i / V.
template <int W>
struct SlabWalker {
  int perPixel, pixel, vector, pixelStep, vectorStep;

  ZOWARMUP_MEMBER explicit SlabWalker(int channelsPerGroup) {
    perPixel = channelsPerGroup / W;
    pixel = static_cast<int>(threadIdx.x) / perPixel;
    vector = static_cast<int>(threadIdx.x) % perPixel;
    pixelStep = NORM_THREADS / perPixel;
    vectorStep = NORM_THREADS % perPixel;
  }
  ZOWARMUP_MEMBER void next() {
    pixel += pixelStep;
    vector += vectorStep;
    if (vector >= perPixel) {
      vector -= perPixel;
      pixel++;
    }
  }
};

// First element of the block's group in a tensor [B, pixels, C].
ZOWARMUP_DEVICE long long groupOrigin(const GroupNormForward& a) {
  return static_cast<long long>(blockIdx.y) * a.pixels * a.channels +
         static_cast<long long>(blockIdx.x) * (a.channels / a.groups);
}

// Mean and rstd of the slab, which is read once and left in shared memory: every thread comes back to what it put
// there. The residual is needed only after them; its way from memory starts now.
template <int W>
ZOWARMUP_DEVICE void statisticsInShared(const GroupNormForward& a, act_t* slab, float* scratch, float* mean,
                                        float* rstd) {
  const act_t* const x = a.x + groupOrigin(a);
  const float count = static_cast<float>(a.pixels) * static_cast<float>(a.channels / a.groups);
  SlabWalker<W> at(a.channels / a.groups);
  const int vectors = a.pixels * at.perPixel;
  float sum = 0.0f;
  for (int i = static_cast<int>(threadIdx.x); i < vectors; i += NORM_THREADS, at.next()) {
    float v[W];
    const long long element = static_cast<long long>(at.pixel) * a.channels + at.vector * W;
    loadVector(x + element, v);
    if (a.residual != nullptr) {
      prefetch(a.residual + groupOrigin(a) + element);
    }
    float part = 0.0f;
#pragma unroll
    for (int j = 0; j < W; j++) {
      part += v[j];
    }
    sum += part;
    storeVector(slab + i * W, v);
  }
  *mean = blockSum<NORM_WARPS>(sum, scratch) / count;
  float squares = 0.0f;
  for (int i = static_cast<int>(threadIdx.x); i < vectors; i += NORM_THREADS) {
    float v[W];
    loadVector(slab + i * W, v);
    float part = 0.0f;
#pragma unroll
    for (int j = 0; j < W; j++) {
      part += (v[j] - *mean) * (v[j] - *mean);
    }
    squares += part;
  }
  *rstd = 1.0f / __fsqrt_rn(blockSum<NORM_WARPS>(squares, scratch) / count + a.epsilon);
}

// The same without room for the slab: sums of differences to the first element, so that a large mean costs no digits.
template <int W>
ZOWARMUP_DEVICE void statisticsOfTwoSums(const GroupNormForward& a, float* scratch, float* mean, float* rstd) {
  const act_t* const x = a.x + groupOrigin(a);
  const float count = static_cast<float>(a.pixels) * static_cast<float>(a.channels / a.groups);
  const float shift = load(x);
  SlabWalker<W> at(a.channels / a.groups);
  float sum = 0.0f, squares = 0.0f;
  for (int i = static_cast<int>(threadIdx.x); i < a.pixels * at.perPixel; i += NORM_THREADS, at.next()) {
    float v[W];
    loadVector(x + static_cast<long long>(at.pixel) * a.channels + at.vector * W, v);
    float part = 0.0f, partSquares = 0.0f;
#pragma unroll
    for (int j = 0; j < W; j++) {
      const float d = v[j] - shift;
      part += d;
      partSquares += d * d;
    }
    sum += part;
    squares += partSquares;
  }
  sum = blockSum<NORM_WARPS>(sum, scratch);
  squares = blockSum<NORM_WARPS>(squares, scratch);
  *mean = shift + sum / count;
  const float variance = (squares - sum * (sum / count)) / count;
  *rstd = 1.0f / __fsqrt_rn((variance < 0.0f ? 0.0f : variance) + a.epsilon);
}

// slab: the group in shared memory, or null: x is read again.
template <int W>
ZOWARMUP_DEVICE void normalize(const GroupNormForward& a, const act_t* slab, float mean, float rstd) {
  const long long origin = groupOrigin(a);
  const int firstChannel = static_cast<int>(blockIdx.x) * (a.channels / a.groups);
  SlabWalker<W> at(a.channels / a.groups);
  float gain[W] = {}, bias[W] = {};
  int inHand = -1;  // with V a divisor of the threads, a thread meets one channel vector only
  for (int i = static_cast<int>(threadIdx.x); i < a.pixels * at.perPixel; i += NORM_THREADS, at.next()) {
    if (at.vector != inHand) {
      inHand = at.vector;
#pragma unroll
      for (int j = 0; j < W; j++) {
        gain[j] = a.gain[firstChannel + inHand * W + j] * rstd;
        bias[j] = a.bias[firstChannel + inHand * W + j];
      }
    }
    const long long element = origin + static_cast<long long>(at.pixel) * a.channels + at.vector * W;
    float v[W], add[W];
    loadVector(slab == nullptr ? a.x + element : slab + i * W, v);
    if (a.residual != nullptr) {
      loadVector(a.residual + element, add);
    }
#pragma unroll
    for (int j = 0; j < W; j++) {
      v[j] = (v[j] - mean) * gain[j] + bias[j];
      v[j] = a.residual != nullptr ? v[j] + add[j] : v[j];
      v[j] = a.activates != 0 ? relu(v[j]) : v[j];
    }
    storeVector(a.y + element, v);
  }
}

template <int W>
ZOWARMUP_DEVICE void groupNorm(const GroupNormForward& a, act_t* slab, float* scratch) {
  float mean, rstd;
  if (slab != nullptr) {
    statisticsInShared<W>(a, slab, scratch, &mean, &rstd);
  } else {
    statisticsOfTwoSums<W>(a, scratch, &mean, &rstd);
  }
  if (threadIdx.x == 0 && a.mean != nullptr) {
    a.mean[blockIdx.y * gridDim.x + blockIdx.x] = mean;
    a.rstd[blockIdx.y * gridDim.x + blockIdx.x] = rstd;
  }
  normalize<W>(a, slab, mean, rstd);
}

ZOWARMUP_DEVICE void groupNormOfAnyWidth(const GroupNormForward& a, act_t* slab, float* scratch) {
  const bool vectors = a.channels / a.groups % VECTOR == 0 && aligned16(a.x) && aligned16(a.residual) && aligned16(a.y);
  if (vectors) {
    groupNorm<VECTOR>(a, slab, scratch);
  } else {
    groupNorm<1>(a, slab, scratch);
  }
}

}  // namespace zowarmup

using namespace zowarmup;

// Dynamic shared memory: pixels * C/G elements.
// Grid: groups x samples
extern "C" __global__ void __launch_bounds__(512)
    groupNormForward(const act_t* x, const act_t* residual, const float* gain, const float* bias, act_t* y, float* mean,
                     float* rstd, int pixels, int channels, int groups, float epsilon, int activates) {
  DYNAMIC_SHARED(slab);
  __shared__ float scratch[NORM_WARPS];
  groupNormOfAnyWidth(
      GroupNormForward{x, residual, gain, bias, y, mean, rstd, pixels, channels, groups, epsilon, activates},
      reinterpret_cast<act_t*>(slab), scratch);
}

// For slabs that do not fit into shared memory: x is read twice.
// Grid: groups x samples
extern "C" __global__ void __launch_bounds__(512)
    groupNormForwardLarge(const act_t* x, const act_t* residual, const float* gain, const float* bias, act_t* y,
                          float* mean, float* rstd, int pixels, int channels, int groups, float epsilon,
                          int activates) {
  __shared__ float scratch[NORM_WARPS];
  groupNormOfAnyWidth(
      GroupNormForward{x, residual, gain, bias, y, mean, rstd, pixels, channels, groups, epsilon, activates}, nullptr,
      scratch);
}
