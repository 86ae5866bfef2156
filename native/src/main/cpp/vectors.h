// Flat fp32 vectors of n elements. An output may be one of the inputs, or apart from all of them.
#ifndef ZOWARMUP_VECTORS_H
#define ZOWARMUP_VECTORS_H

#include <atomic>

#include "instances.h"
#include "parallel.h"

namespace zowarmup {

inline void weightedSum(float* out, const float* const* xs, const double* coefficients, int64_t count, int64_t n,
                        int threads) {
  const Kernels& table = kernels();
  parallelFor(n, threads, ELEMENTWISE_GRAIN,
              [&](int64_t first, int64_t last, int) { table.weightedSum(out, xs, coefficients, count, first, last); });
}

inline void sgd(float* w, const float* grad, float* momentumBuffer, int64_t n, float lr, float momentum,
                float weightDecay, int threads) {
  const Kernels& table = kernels();
  const SgdStep step = {lr, momentum, weightDecay};
  parallelFor(n, threads, ELEMENTWISE_GRAIN, [&](int64_t first, int64_t last, int) {
    table.sgd(w + first, grad + first, momentumBuffer == nullptr ? nullptr : momentumBuffer + first, last - first,
              step);
  });
}

inline bool hasNonFinite(const float* x, int64_t n, int threads) {
  const Kernels& table = kernels();
  std::atomic<bool> found(false);
  parallelFor(n, threads, ELEMENTWISE_GRAIN, [&](int64_t first, int64_t last, int) {
    if (table.hasNonFinite(x + first, last - first)) {
      found.store(true, std::memory_order_relaxed);
    }
  });
  return found.load();
}

}  // namespace zowarmup

#endif  // ZOWARMUP_VECTORS_H
