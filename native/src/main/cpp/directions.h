// Directions z(seed, i): perturbing a parameter buffer by one, and adding up many. Contract: kernels/src/philox.h and
// gaussian.h. `distribution` is 0 for Rademacher, 1 for Gaussian.
#ifndef ZOWARMUP_DIRECTIONS_H
#define ZOWARMUP_DIRECTIONS_H

#include <stdexcept>
#include <string>

#include "instances.h"
#include "parallel.h"

namespace zowarmup {

// Below this many blocks a thread is not worth waking: about 50 us of perturbation. Waking itself takes 2 us, but a
// team spins on after the call, on cores that the lanes of small models want.
constexpr int64_t PERTURB_GRAIN_BLOCKS = 256 * TILE_BLOCKS;

// The same for sums of directions: tiles times terms, each about 50 ns.
constexpr int64_t ACCUMULATE_GRAIN = 16384;

// From this many bytes of plus and minus on, stores go past the caches: less traffic, and the caches could not have
// kept them. Below, the forward pass that follows finds its weights in cache.
constexpr int64_t STREAMING_BYTES = int64_t{32} << 20;

inline void checkDistribution(const char* operation, int distribution) {
  if (distribution != static_cast<int>(STREAM_RADEMACHER) && distribution != static_cast<int>(STREAM_GAUSSIAN)) {
    throw std::invalid_argument(std::string(operation) +
                                ": expected distribution 0 (Rademacher) or 1 (Gaussian), found " +
                                std::to_string(distribution));
  }
}

inline void philox(int64_t key, const int32_t* counter, int32_t* out) {
  const PhiloxWords words =
      philox4x32(static_cast<uint64_t>(key), static_cast<uint32_t>(counter[0]), static_cast<uint32_t>(counter[1]),
                 static_cast<uint32_t>(counter[2]), static_cast<uint32_t>(counter[3]));
  std::memcpy(out, words.w, sizeof words.w);
}

inline void fillDirection(float* out, int64_t from, int64_t n, int64_t seed, int distribution) {
  checkDistribution("fillDirection", distribution);
  if (from < 0) {
    throw std::invalid_argument("fillDirection: expected a first element of at least 0, found " + std::to_string(from));
  }
  kernels().fill(out, from, n, static_cast<uint64_t>(seed), distribution);
}

inline void perturbPair(const float* w, float* plus, float* minus, const int64_t* offsets, const int64_t* sizes,
                        int64_t segmentCount, int64_t seed, float eps, int distribution, int threads) {
  checkDistribution("perturbPair", distribution);
  const Segments segments = {offsets, sizes, segmentCount};
  segments.check("perturbPair");
  const int64_t blocks = segments.blocks();
  const bool aligned = ((reinterpret_cast<uintptr_t>(plus) | reinterpret_cast<uintptr_t>(minus)) & 15) == 0;
  const bool streaming = aligned && 2 * blocks * BLOCK * static_cast<int64_t>(sizeof(float)) >= STREAMING_BYTES;
  const Kernels& table = kernels();
  parallelFor(blocks, threads, PERTURB_GRAIN_BLOCKS, [&](int64_t first, int64_t last, int) {
    table.perturbPair(w, plus, minus, segments, first, last, static_cast<uint64_t>(seed), eps, distribution, streaming);
  });
}

inline void accumulateSeeds(float* y, float beta, const int64_t* offsets, const int64_t* sizes, int64_t segmentCount,
                            const int64_t* seeds, const float* coefficients, int64_t terms, int distribution,
                            int threads) {
  checkDistribution("accumulateSeeds", distribution);
  const Segments segments = {offsets, sizes, segmentCount};
  segments.check("accumulateSeeds");
  const Kernels& table = kernels();
  const int64_t grain = TILE_BLOCKS * std::max<int64_t>(1, ACCUMULATE_GRAIN / std::max<int64_t>(1, terms));
  parallelFor(segments.blocks(), threads, grain, [&](int64_t first, int64_t last, int) {
    table.accumulateSeeds(y, beta, segments, first, last, seeds, coefficients, terms, distribution);
  });
}

}  // namespace zowarmup

#endif  // ZOWARMUP_DIRECTIONS_H
