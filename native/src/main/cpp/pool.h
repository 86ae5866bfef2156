// Pooling without padding over NHWC batches; pixels that fill no whole window are left out.
#ifndef ZOWARMUP_POOL_H
#define ZOWARMUP_POOL_H

#include <cstdint>
#include <stdexcept>
#include <string>

#include "instances.h"
#include "parallel.h"

namespace zowarmup {

inline PoolShape poolShape(int64_t height, int64_t width, int64_t channels, int64_t windowHeight, int64_t windowWidth,
                           int64_t stride) {
  if (windowHeight < 1 || windowWidth < 1 || stride < 1 || windowHeight > height || windowWidth > width) {
    throw std::invalid_argument("pool: expected a window of 1x1 to " + std::to_string(height) + "x" +
                                std::to_string(width) + " and a stride of at least 1, found " +
                                std::to_string(windowHeight) + "x" + std::to_string(windowWidth) + " and " +
                                std::to_string(stride));
  }
  return PoolShape{
      height,       width,       channels, (height - windowHeight) / stride + 1, (width - windowWidth) / stride + 1,
      windowHeight, windowWidth, stride};
}

inline void poolForward(const float* x, float* y, int64_t n, int64_t height, int64_t width, int64_t channels,
                        int64_t windowHeight, int64_t windowWidth, int64_t stride, bool max, int threads) {
  const PoolShape shape = poolShape(height, width, channels, windowHeight, windowWidth, stride);
  const Kernels& isa = kernels();
  const int64_t grain = std::max<int64_t>(1, ELEMENTWISE_GRAIN / shape.inElements());
  parallelFor(n, threads, grain, [&](int64_t first, int64_t last, int) {
    for (int64_t sample = first; sample < last; sample++) {
      (max ? isa.maxPool : isa.averagePool)(shape, x + sample * shape.inElements(), y + sample * shape.outElements());
    }
  });
}

inline void poolBackward(const float* x, const float* dy, float* dx, int64_t n, int64_t height, int64_t width,
                         int64_t channels, int64_t windowHeight, int64_t windowWidth, int64_t stride, bool max,
                         int threads) {
  const PoolShape shape = poolShape(height, width, channels, windowHeight, windowWidth, stride);
  const Kernels& isa = kernels();
  const int64_t grain = std::max<int64_t>(1, ELEMENTWISE_GRAIN / shape.inElements());
  parallelFor(n, threads, grain, [&](int64_t first, int64_t last, int) {
    for (int64_t sample = first; sample < last; sample++) {
      const float* const gradient = dy + sample * shape.outElements();
      float* const target = dx + sample * shape.inElements();
      if (max) {
        isa.maxPoolBackward(shape, x + sample * shape.inElements(), gradient, target);
      } else {
        isa.averagePoolBackward(shape, gradient, target);
      }
    }
  });
}

}  // namespace zowarmup

#endif  // ZOWARMUP_POOL_H
