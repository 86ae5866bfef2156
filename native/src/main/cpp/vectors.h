// Flat fp32 vectors of n elements. An output may be one of the inputs, or apart from all of them.
#ifndef ZOWARMUP_VECTORS_H
#define ZOWARMUP_VECTORS_H

#include <atomic>

#include "instances.h"
#include "parallel.h"

namespace zowarmup {

// out = sum_k coefficient_k xs[k], each element in double and in list order, rounded once to float.
inline void weightedSum(float* out, const float* const* xs, const double* coefficients, int64_t count, int64_t n,
                        int threads) {
  const Kernels& table = kernels();
  parallelFor(n, threads, ELEMENTWISE_GRAIN,
              [&](int64_t first, int64_t last, int) { table.weightedSum(out, xs, coefficients, count, first, last); });
}

// A step of PyTorch's SGD in place: g = grad + weightDecay w; buffer = momentum buffer + g; w -= lr buffer; with a null
// buffer w -= lr g. grad is not changed.
inline void sgd(float* w, const float* grad, float* momentumBuffer, int64_t n, float lr, float momentum,
                float weightDecay, int threads) {
  const Kernels& table = kernels();
  const SgdStep step = {lr, momentum, weightDecay};
  parallelFor(n, threads, ELEMENTWISE_GRAIN, [&](int64_t first, int64_t last, int) {
    table.sgd(w + first, grad + first, momentumBuffer == nullptr ? nullptr : momentumBuffer + first, last - first,
              step);
  });
}

// y = max(x, 0); NaN stays NaN.
inline void relu(const float* x, float* y, int64_t n, int threads) {
  const Kernels& table = kernels();
  parallelFor(n, threads, ELEMENTWISE_GRAIN,
              [&](int64_t first, int64_t last, int) { table.relu(x + first, y + first, last - first); });
}

// y = a + b, rectified if asked.
inline void addRelu(const float* a, const float* b, float* y, int64_t n, bool relu, int threads) {
  const Kernels& table = kernels();
  parallelFor(n, threads, ELEMENTWISE_GRAIN, [&](int64_t first, int64_t last, int) {
    table.addRelu(a + first, b + first, y + first, last - first, relu);
  });
}

// y = a + b.
inline void add(const float* a, const float* b, float* y, int64_t n, int threads) {
  addRelu(a, b, y, n, false, threads);
}

// dx = dy where the rectifier's output y is positive, else 0.
inline void reluBackward(const float* y, const float* dy, float* dx, int64_t n, int threads) {
  const Kernels& table = kernels();
  parallelFor(n, threads, ELEMENTWISE_GRAIN, [&](int64_t first, int64_t last, int) {
    table.reluBackward(y + first, dy + first, dx + first, last - first);
  });
}

// y = GELU of x in its tanh form; y may be x.
inline void gelu(const float* x, float* y, int64_t n, int threads) {
  const Kernels& table = kernels();
  parallelFor(n, threads, ELEMENTWISE_GRAIN,
              [&](int64_t first, int64_t last, int) { table.gelu(x + first, y + first, last - first); });
}

// dx = dy times the derivative at x of GELU in its tanh form; dx may be dy or x.
inline void geluBackward(const float* x, const float* dy, float* dx, int64_t n, int threads) {
  const Kernels& table = kernels();
  parallelFor(n, threads, ELEMENTWISE_GRAIN, [&](int64_t first, int64_t last, int) {
    table.geluBackward(x + first, dy + first, dx + first, last - first);
  });
}

// Whether any element is infinite or NaN.
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
