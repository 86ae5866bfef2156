// The sum of two buffers, with a relu if asked.
#ifndef ZOWARMUP_ADD_H
#define ZOWARMUP_ADD_H

#include "instances.h"
#include "parallel.h"

namespace zowarmup {

inline void addRelu(const float* a, const float* b, float* y, int64_t n, bool relu, int threads) {
  const Kernels& table = kernels();
  parallelFor(n, threads, ELEMENTWISE_GRAIN, [&](int64_t first, int64_t last, int) {
    table.addRelu(a + first, b + first, y + first, last - first, relu);
  });
}

}  // namespace zowarmup

#endif  // ZOWARMUP_ADD_H
