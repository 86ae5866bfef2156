// Sums over rows: the gradient of a bias.
#ifndef ZOWARMUP_SUM_ROWS_H
#define ZOWARMUP_SUM_ROWS_H

#include "instances.h"
#include "parallel.h"

namespace zowarmup {

inline void sumRows(const float* x, int64_t rows, int64_t columns, float* out, int threads) {
  const Kernels& table = kernels();
  const int64_t grain = std::max<int64_t>(64, ELEMENTWISE_GRAIN / std::max<int64_t>(1, rows));
  parallelFor(columns, threads, grain,
              [&](int64_t first, int64_t last, int) { table.sumRows(x, rows, columns, out, first, last); });
}

}  // namespace zowarmup

#endif  // ZOWARMUP_SUM_ROWS_H
