// GELU of every element, and its gradient.
#ifndef ZOWARMUP_GELU_H
#define ZOWARMUP_GELU_H

#include "instances.h"
#include "parallel.h"

namespace zowarmup {

inline void gelu(const float* x, float* y, int64_t n, int threads) {
  const Kernels& table = kernels();
  parallelFor(n, threads, ELEMENTWISE_GRAIN,
              [&](int64_t first, int64_t last, int) { table.gelu(x + first, y + first, last - first); });
}

inline void geluBackward(const float* x, const float* dy, float* dx, int64_t n, int threads) {
  const Kernels& table = kernels();
  parallelFor(n, threads, ELEMENTWISE_GRAIN, [&](int64_t first, int64_t last, int) {
    table.geluBackward(x + first, dy + first, dx + first, last - first);
  });
}

}  // namespace zowarmup

#endif  // ZOWARMUP_GELU_H
