// Linear layers: what oneDNN does in three passes over the weights.
#ifndef ZOWARMUP_LINEAR_H
#define ZOWARMUP_LINEAR_H

#include <stdexcept>
#include <string>

#include "instances.h"
#include "memory.h"
#include "parallel.h"

namespace zowarmup {

// Floats of x and of dx that a piece of columns takes: both fit the first cache.
constexpr int64_t LINEAR_PIECE = 4096;

inline LinearShape linearShape(int64_t rows, int64_t in, int64_t out) {
  if (rows < 1 || out < 2 || out % 2 != 0 || in < 1 || in % LINEAR_COLUMNS != 0) {
    throw std::invalid_argument("linear: expected at least one row, an even number of outputs and inputs that " +
                                std::to_string(LINEAR_COLUMNS) + " divides, found " + std::to_string(rows) + " rows, " +
                                std::to_string(in) + " inputs, " + std::to_string(out) + " outputs");
  }
  return LinearShape{rows, in, out};
}

inline void linearForward(const float* x, const float* w, const float* bias, float* y, int64_t rows, int64_t in,
                          int64_t out, int threads) {
  const LinearShape shape = linearShape(rows, in, out);
  const int64_t piece = std::max<int64_t>(LINEAR_COLUMNS, LINEAR_PIECE / rows / LINEAR_COLUMNS * LINEAR_COLUMNS);
  float* const sums = callerFloats(rows * out * LINEAR_COLUMNS);
  const Kernels& table = kernels();
  parallelFor(out, threads, 2, [&](int64_t first, int64_t last, int) {
    table.linearForward(shape, x, w, bias, y, first, last, piece, sums + rows * first * LINEAR_COLUMNS);
  });
}

inline void linearBackwardSgd(const float* x, const float* dy, float* w, float* dx, int64_t rows, int64_t in,
                              int64_t out, float lr, float weightDecay, int threads) {
  const LinearShape shape = linearShape(rows, in, out);
  const SgdStep step = {lr, 0.0f, weightDecay};
  const int64_t piece = std::max<int64_t>(LINEAR_COLUMNS, LINEAR_PIECE / rows / LINEAR_COLUMNS * LINEAR_COLUMNS);
  float* const workspace = callerFloats(2 * rows * piece * std::max(1, threads));
  const Kernels& table = kernels();
  parallelFor(in, threads, piece, [&](int64_t first, int64_t last, int thread) {
    table.linearBackwardSgd(shape, x, dy, w, dx, step, first, last, piece, workspace + 2 * rows * piece * thread);
  });
}

}  // namespace zowarmup

#endif  // ZOWARMUP_LINEAR_H
