// The choice of tokens of every sample.
#ifndef ZOWARMUP_SELECT_H
#define ZOWARMUP_SELECT_H

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "parallel.h"

namespace zowarmup {

inline void copyTokens(const float* from, int64_t fromTokens, int64_t fromToken, float* to, int64_t toTokens,
                       int64_t toToken, int64_t count, bool zeroOthers, int64_t batch, int64_t channels, int threads) {
  const int64_t grain = std::max<int64_t>(1, ELEMENTWISE_GRAIN / (toTokens * channels));
  parallelFor(batch, threads, grain, [&](int64_t first, int64_t last, int) {
    for (int64_t n = first; n < last; n++) {
      float* const target = to + n * toTokens * channels;
      if (zeroOthers) {
        std::memset(target, 0, static_cast<size_t>(toTokens * channels) * sizeof(float));
      }
      std::memcpy(target + toToken * channels, from + (n * fromTokens + fromToken) * channels,
                  static_cast<size_t>(count * channels) * sizeof(float));
    }
  });
}

}  // namespace zowarmup

#endif  // ZOWARMUP_SELECT_H
