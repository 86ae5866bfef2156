// Gradients of groupNormForward. With xhat = (x - mean) rstd, d = dy where mask > 0 (mask null: everywhere) and h = d
// gain: dx = rstd (h - mean(h) - xhat mean(h xhat)), means over the group; dresidual = d; partials [B, 2, C] receive
// each sample's part of dgain (sum of d xhat) and of dbias (sum of d). x, mask, dy, dx, dresidual [B, pixels, C]; mask
// and dresidual may be null. A block is one group of one sample.
#include "group_norm.h"

namespace zowarmup {

struct GroupNormBackward {
  const act_t* x;
  const act_t* mask;
  const float* gain;
  const act_t* dy;
  act_t* dx;
  act_t* dresidual;
  float* partials;
  int pixels;
  int channels;
  int perGroup;
  float mean;
  float rstd;
};

// Where x and d lie: in the tensors, or in shared memory as [pixels, perGroup].
struct Slabs {
  act_t* x;
  act_t* d;
};

ZOWARMUP_DEVICE int firstChannelOf(const GroupNormBackward& a) { return static_cast<int>(blockIdx.x) * a.perGroup; }

ZOWARMUP_DEVICE long long elementOf(const GroupNormBackward& a, int pixel, int channelOfGroup) {
  return (static_cast<long long>(blockIdx.y) * a.pixels + pixel) * a.channels + firstChannelOf(a) + channelOfGroup;
}

template <int W>
ZOWARMUP_DEVICE void loadMasked(const GroupNormBackward& a, long long element, float (&d)[W]) {
  loadVector(a.dy + element, d);
  if (a.mask != nullptr) {
    float y[W];
    loadVector(a.mask + element, y);
#pragma unroll
    for (int j = 0; j < W; j++) {
      d[j] = y[j] > 0.0f ? d[j] : 0.0f;
    }
  }
}

// out[c] = sum over `rows` threads of what they hold for channel c of `width` vectors; [W * width] floats. In row
// order.
template <int W>
ZOWARMUP_DEVICE void sumOverRows(const float (&mine)[W], bool active, int row, int vector, int rows, int width,
                                 float* scratch, float* out) {
  __syncthreads();
  if (active) {
#pragma unroll
    for (int j = 0; j < W; j++) {
      scratch[(row * width + vector) * W + j] = mine[j];
    }
  }
  __syncthreads();
  for (int c = static_cast<int>(threadIdx.x); c < width * W; c += NORM_THREADS) {
    float sum = 0.0f;
    for (int r = 0; r < rows; r++) {
      sum += scratch[r * width * W + c];
    }
    out[c] = sum;
  }
}

// A thread stays with one vector of channels and takes every rows-th pixel.
template <int W>
ZOWARMUP_DEVICE void groupNormBack(const GroupNormBackward& a, const Slabs& slabs, float* scratch, float* warpSums) {
  const int vectors = a.perGroup / W;
  float sumH = 0.0f, sumHx = 0.0f;
  for (int first = 0; first < vectors; first += NORM_THREADS) {
    const int width = vectors - first < NORM_THREADS ? vectors - first : NORM_THREADS;
    const int rows = NORM_THREADS / width;
    const int row = static_cast<int>(threadIdx.x) / width;
    const int vector = static_cast<int>(threadIdx.x) % width;
    const int channel = (first + vector) * W;
    const bool active = row < rows;
    float sumD[W], sumDx[W];
#pragma unroll
    for (int j = 0; j < W; j++) {
      sumD[j] = 0.0f;
      sumDx[j] = 0.0f;
    }
    for (int pixel = row; active && pixel < a.pixels; pixel += rows) {
      const long long element = elementOf(a, pixel, channel);
      float x[W], d[W];
      loadVector(a.x + element, x);
      loadMasked<W>(a, element, d);
      if (slabs.x != nullptr) {
        storeVector(slabs.x + pixel * a.perGroup + channel, x);
        storeVector(slabs.d + pixel * a.perGroup + channel, d);
      }
#pragma unroll
      for (int j = 0; j < W; j++) {
        sumD[j] += d[j];
        sumDx[j] += d[j] * ((x[j] - a.mean) * a.rstd);
      }
    }
    const int channelOfBlock = firstChannelOf(a) + first * W;
    float* const dgain = a.partials + static_cast<long long>(blockIdx.y) * 2 * a.channels + channelOfBlock;
    float* const dbias = dgain + a.channels;
    sumOverRows<W>(sumDx, active, row, vector, rows, width, scratch, dgain);
    sumOverRows<W>(sumD, active, row, vector, rows, width, scratch, dbias);
    for (int c = static_cast<int>(threadIdx.x); c < width * W; c += NORM_THREADS) {  // written by this very thread
      sumH += a.gain[channelOfBlock + c] * dbias[c];
      sumHx += a.gain[channelOfBlock + c] * dgain[c];
    }
  }
  const float count = static_cast<float>(a.pixels) * static_cast<float>(a.perGroup);
  const float meanH = blockSum<NORM_WARPS>(sumH, warpSums) / count;
  const float meanHx = blockSum<NORM_WARPS>(sumHx, warpSums) / count;
  for (int first = 0; first < vectors; first += NORM_THREADS) {
    const int width = vectors - first < NORM_THREADS ? vectors - first : NORM_THREADS;
    const int rows = NORM_THREADS / width;
    const int row = static_cast<int>(threadIdx.x) / width;
    const int channel = (first + static_cast<int>(threadIdx.x) % width) * W;
    float gain[W];
#pragma unroll
    for (int j = 0; j < W; j++) {
      gain[j] = a.gain[firstChannelOf(a) + channel + j];
    }
    for (int pixel = row; row < rows && pixel < a.pixels; pixel += rows) {
      const long long element = elementOf(a, pixel, channel);
      float x[W], d[W], dx[W];
      if (slabs.x != nullptr) {
        loadVector(slabs.x + pixel * a.perGroup + channel, x);
        loadVector(slabs.d + pixel * a.perGroup + channel, d);
      } else {
        loadVector(a.x + element, x);
        loadMasked<W>(a, element, d);
      }
#pragma unroll
      for (int j = 0; j < W; j++) {
        const float xhat = (x[j] - a.mean) * a.rstd;
        dx[j] = a.rstd * (d[j] * gain[j] - meanH - xhat * meanHx);
      }
      storeVector(a.dx + element, dx);
      if (a.dresidual != nullptr) {
        storeVector(a.dresidual + element, d);
      }
    }
  }
}

ZOWARMUP_DEVICE void groupNormBackOfAnyWidth(const GroupNormBackward& a, const Slabs& slabs, float* scratch,
                                             float* warpSums) {
  const bool vectors = a.perGroup % VECTOR == 0 && aligned16(a.x) && aligned16(a.mask) && aligned16(a.dy) &&
                       aligned16(a.dx) && aligned16(a.dresidual);
  if (vectors) {
    groupNormBack<VECTOR>(a, slabs, scratch, warpSums);
  } else {
    groupNormBack<1>(a, slabs, scratch, warpSums);
  }
}

}  // namespace zowarmup

using namespace zowarmup;

// Dynamic shared memory: x and d of the group, each pixels * C/G elements rounded up to 16 bytes.
// Grid: groups x samples
extern "C" __global__ void __launch_bounds__(512)
    groupNormBackward(const act_t* x, const act_t* mask, const float* mean, const float* rstd, const float* gain,
                      const act_t* dy, act_t* dx, act_t* dresidual, float* partials, int pixels, int channels,
                      int groups) {
  DYNAMIC_SHARED(slab);
  __shared__ float scratch[NORM_THREADS * VECTOR];
  __shared__ float warpSums[NORM_WARPS];
  const int perGroup = channels / groups;
  const int bytes = (pixels * perGroup * static_cast<int>(sizeof(act_t)) + 15) / 16 * 16;
  const int statistic = static_cast<int>(blockIdx.y * gridDim.x + blockIdx.x);
  groupNormBackOfAnyWidth(GroupNormBackward{x, mask, gain, dy, dx, dresidual, partials, pixels, channels, perGroup,
                                            mean[statistic], rstd[statistic]},
                          Slabs{reinterpret_cast<act_t*>(slab), reinterpret_cast<act_t*>(slab + bytes)}, scratch,
                          warpSums);
}

// For groups that do not fit into shared memory: x, mask and dy are read twice.
// Grid: groups x samples
extern "C" __global__ void __launch_bounds__(512)
    groupNormBackwardLarge(const act_t* x, const act_t* mask, const float* mean, const float* rstd, const float* gain,
                           const act_t* dy, act_t* dx, act_t* dresidual, float* partials, int pixels, int channels,
                           int groups) {
  __shared__ float scratch[NORM_THREADS * VECTOR];
  __shared__ float warpSums[NORM_WARPS];
  const int statistic = static_cast<int>(blockIdx.y * gridDim.x + blockIdx.x);
  groupNormBackOfAnyWidth(GroupNormBackward{x, mask, gain, dy, dx, dresidual, partials, pixels, channels,
                                            channels / groups, mean[statistic], rstd[statistic]},
                          Slabs{nullptr, nullptr}, scratch, warpSums);
}
