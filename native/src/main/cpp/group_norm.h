// Group normalisation of NHWC activations. oneDNN's backward is its reference implementation in every layout, and so
// is its forward with a fused addition.
#ifndef ZOWARMUP_GROUP_NORM_H
#define ZOWARMUP_GROUP_NORM_H

#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "instances.h"
#include "parallel.h"

namespace zowarmup {

constexpr int64_t COLUMN_ALIGNMENT = 64;  // four AVX-512 registers

// With few channels a row is several pixels, so that registers are full. A sample of few rows gains
// nothing and stays one pixel a row.
inline GroupNormShape groupNormShape(int64_t pixels, int64_t channels, int64_t groups) {
  if (pixels < 1 || channels < 1 || groups < 1 || channels % groups != 0) {
    throw std::invalid_argument("group norm: expected at least 1 pixel and groups that divide the channels, found " +
                                std::to_string(pixels) + " pixels, " + std::to_string(channels) + " channels and " +
                                std::to_string(groups) + " groups");
  }
  const int64_t packed = std::lcm(channels, COLUMN_ALIGNMENT);
  const int64_t columns = packed * 4 <= pixels * channels ? packed : channels;
  return GroupNormShape{pixels, channels, groups, columns};
}

// Working memory per thread: two column sums and group values in double, four column values in float.
inline int64_t groupNormScratch(const GroupNormShape& shape) { return 4 * shape.columns + 3 * shape.groups; }

// At least `doubles` of the calling thread's own memory, kept for the next call. May throw std::bad_alloc.
inline double* callerScratch(int64_t doubles) {
  static thread_local std::vector<double> memory;
  if (static_cast<int64_t>(memory.size()) < doubles) {
    memory.resize(static_cast<size_t>(doubles));
  }
  return memory.data();
}

inline void groupNormForward(const float* x, const float* residual, const float* gain, const float* bias, float* y,
                             float* mean, float* rstd, int64_t n, int64_t pixels, int64_t channels, int64_t groups,
                             double eps, bool relu, int threads) {
  const GroupNormShape shape = groupNormShape(pixels, channels, groups);
  const int64_t perThread = groupNormScratch(shape);
  double* const scratch = callerScratch(perThread * std::max(1, threads));
  const Kernels& table = kernels();
  parallelFor(n, threads, 1, [&](int64_t first, int64_t last, int thread) {
    for (int64_t sample = first; sample < last; sample++) {
      const int64_t at = sample * shape.slab();
      const int64_t group = sample * groups;
      table.groupNormForward(
          shape, GroupNormForward{x + at, residual == nullptr ? nullptr : residual + at, gain, bias, y + at,
                                  mean == nullptr ? nullptr : mean + group, rstd == nullptr ? nullptr : rstd + group,
                                  eps, relu, scratch + perThread * thread});
    }
  });
}

inline void groupNormBackward(const float* x, const float* y, const float* dy, const float* gain, const float* mean,
                              const float* rstd, float* dx, float* dresidual, float* dgain, float* dbias, int64_t n,
                              int64_t pixels, int64_t channels, int64_t groups, int threads) {
  const GroupNormShape shape = groupNormShape(pixels, channels, groups);
  const int64_t perThread = groupNormScratch(shape);
  const int64_t perSample = 2 * channels;
  double* const terms = callerScratch(perThread * std::max(1, threads) + perSample * n);
  double* const scratch = terms + perSample * n;
  const Kernels& table = kernels();
  parallelFor(n, threads, 1, [&](int64_t first, int64_t last, int thread) {
    for (int64_t sample = first; sample < last; sample++) {
      const int64_t at = sample * shape.slab();
      const int64_t group = sample * groups;
      table.groupNormBackward(
          shape, GroupNormBackward{x + at, y == nullptr ? nullptr : y + at, dy + at, gain, mean + group, rstd + group,
                                   dx + at, dresidual == nullptr ? nullptr : dresidual + at, terms + perSample * sample,
                                   scratch + perThread * thread});
    }
  });
  for (int64_t c = 0; c < channels; c++) {
    double gainSum = 0;
    double biasSum = 0;
    for (int64_t sample = 0; sample < n; sample++) {
      gainSum += terms[perSample * sample + c];
      biasSum += terms[perSample * sample + channels + c];
    }
    dgain[c] = static_cast<float>(gainSum);
    dbias[c] = static_cast<float>(biasSum);
  }
}

}  // namespace zowarmup

#endif  // ZOWARMUP_GROUP_NORM_H
