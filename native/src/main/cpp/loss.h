// Softmax cross-entropy. Arithmetic in double: at eps 1e-3 a probe's signal is a small difference of losses.
#ifndef ZOWARMUP_LOSS_H
#define ZOWARMUP_LOSS_H

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "parallel.h"

namespace zowarmup {

constexpr int64_t LOSS_GRAIN_ROWS = 64;

inline void checkLabels(const char* operation, const int32_t* labels, int64_t count, int64_t classes) {
  for (int64_t row = 0; row < count; row++) {
    if (labels[row] < 0 || labels[row] >= classes) {
      throw std::invalid_argument(std::string(operation) + ": row " + std::to_string(row) +
                                  ": expected a label from 0 to " + std::to_string(classes - 1) + ", found " +
                                  std::to_string(labels[row]));
    }
  }
}

// The first index of the greatest logit, or -1 if one is NaN.
inline int64_t firstMaximum(const float* logits, int64_t classes) {
  int64_t best = 0;
  for (int64_t k = 0; k < classes; k++) {
    if (std::isnan(logits[k])) {
      return -1;
    }
    if (logits[k] > logits[best]) {
      best = k;
    }
  }
  return best;
}

// sum_k exp(logit_k - maximum), in class order.
inline double sumOfExponentials(const float* logits, int64_t classes, double maximum) {
  double sum = 0;
  for (int64_t k = 0; k < classes; k++) {
    sum += std::exp(static_cast<double>(logits[k]) - maximum);
  }
  return sum;
}

inline void softmaxCrossEntropy(const float* logits, const int32_t* labels, int64_t count, int64_t classes,
                                double* loss, int32_t* correct, int threads) {
  checkLabels("softmaxCrossEntropy", labels, count, classes);
  parallelFor(count, threads, LOSS_GRAIN_ROWS, [&](int64_t first, int64_t last, int) {
    for (int64_t row = first; row < last; row++) {
      const float* const z = logits + row * classes;
      const int64_t best = firstMaximum(z, classes);
      if (best < 0) {
        loss[row] = std::numeric_limits<double>::quiet_NaN();
        correct[row] = 0;
        continue;
      }
      const double maximum = z[best];
      loss[row] = std::log(sumOfExponentials(z, classes, maximum)) + (maximum - static_cast<double>(z[labels[row]]));
      correct[row] = best == labels[row] ? 1 : 0;
    }
  });
}

inline void softmaxCrossEntropyBackward(const float* logits, const int32_t* labels, int64_t count, int64_t batch,
                                        int64_t classes, float* dlogits, int threads) {
  checkLabels("softmaxCrossEntropyBackward", labels, count, classes);
  parallelFor(batch, threads, LOSS_GRAIN_ROWS, [&](int64_t first, int64_t last, int) {
    for (int64_t row = first; row < last; row++) {
      const float* const z = logits + row * classes;
      float* const dz = dlogits + row * classes;
      if (row >= count) {
        std::fill(dz, dz + classes, 0.0f);
        continue;
      }
      const int64_t best = firstMaximum(z, classes);
      const double maximum = best < 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(z[best]);
      const double sum = sumOfExponentials(z, classes, maximum);
      for (int64_t k = 0; k < classes; k++) {
        const double softmax = std::exp(static_cast<double>(z[k]) - maximum) / sum;
        const double onehot = k == labels[row] ? 1.0 : 0.0;
        dz[k] = static_cast<float>((softmax - onehot) / static_cast<double>(count));
      }
    }
  });
}

}  // namespace zowarmup

#endif  // ZOWARMUP_LOSS_H
