// max(x, 0) of every element, and its gradient.
#ifndef ZOWARMUP_RELU_H
#define ZOWARMUP_RELU_H

#include "instances.h"
#include "parallel.h"

namespace zowarmup {

inline void relu(const float* x, float* y, int64_t n, int threads) {
  const Kernels& table = kernels();
  parallelFor(n, threads, ELEMENTWISE_GRAIN,
              [&](int64_t first, int64_t last, int) { table.relu(x + first, y + first, last - first); });
}

inline void reluBackward(const float* y, const float* dy, float* dx, int64_t n, int threads) {
  const Kernels& table = kernels();
  parallelFor(n, threads, ELEMENTWISE_GRAIN, [&](int64_t first, int64_t last, int) {
    table.reluBackward(y + first, dy + first, dx + first, last - first);
  });
}

}  // namespace zowarmup

#endif  // ZOWARMUP_RELU_H
