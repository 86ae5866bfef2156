// Tokens of a transformer: class token and positions.
#ifndef ZOWARMUP_EMBEDDING_H
#define ZOWARMUP_EMBEDDING_H

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "parallel.h"

namespace zowarmup {

constexpr int64_t TOKEN_COLUMNS = 64;  // of a thread's share, at least: eight cache lines of sums in double

inline void embedTokens(const float* x, const float* classToken, const float* position, float* y, int64_t batch,
                        int64_t tokens, int64_t channels, int threads) {
  const int64_t before = classToken == nullptr ? 0 : channels;
  const int64_t sample = tokens * channels;
  const int64_t grain = std::max<int64_t>(1, ELEMENTWISE_GRAIN / sample);
  parallelFor(batch, threads, grain, [&](int64_t first, int64_t last, int) {
    for (int64_t n = first; n < last; n++) {
      float* const out = y + n * sample;
      const float* const in = x + n * (sample - before);
      for (int64_t i = 0; i < before; i++) {
        out[i] = classToken[i] + position[i];
      }
#pragma GCC ivdep
      for (int64_t i = before; i < sample; i++) {
        out[i] = in[i - before] + position[i];
      }
    }
  });
}

inline void embedTokensBackward(const float* dy, float* dclassToken, float* dposition, int64_t batch, int64_t tokens,
                                int64_t channels, int threads) {
  const int64_t sample = tokens * channels;
  parallelFor(sample, threads, std::max<int64_t>(TOKEN_COLUMNS, ELEMENTWISE_GRAIN / std::max<int64_t>(1, batch)),
              [&](int64_t first, int64_t last, int) {
                double sum[TOKEN_COLUMNS];
                for (int64_t at = first; at < last; at += TOKEN_COLUMNS) {
                  const int64_t columns = std::min(TOKEN_COLUMNS, last - at);
                  std::fill(sum, sum + columns, 0.0);
                  for (int64_t n = 0; n < batch; n++) {
                    for (int64_t i = 0; i < columns; i++) {
                      sum[i] += static_cast<double>(dy[n * sample + at + i]);
                    }
                  }
                  for (int64_t i = 0; i < columns; i++) {
                    dposition[at + i] = static_cast<float>(sum[i]);
                  }
                }
              });
  if (dclassToken != nullptr) {
    std::memcpy(dclassToken, dposition, static_cast<size_t>(channels) * sizeof(float));
  }
}

}  // namespace zowarmup

#endif  // ZOWARMUP_EMBEDDING_H
