// plus = w + eps z(seed) and minus = w - eps z(seed) in one pass over the fp32 weights w, stored as the segments say
// (fp32 or bf16, last dimension padded or not). One rounding for a sign, two for a Gaussian (eps z first), then one to
// bf16. Padding is not written. Seed and eps come from the job at hand, or where `jobs` is null from the arguments.
#include "gaussian.h"
#include "job.h"
#include "segment.h"
#include "signs.h"

namespace zowarmup {

struct Sides {
  unsigned char* plus;
  unsigned char* minus;
};

struct Direction {
  unsigned long long seed;
  float epsilon;
  bool keepsWeights;
};

ZOWARMUP_DEVICE Direction directionOf(const Job* jobs, const int* cursor, unsigned long long seed, float epsilon) {
  if (jobs == nullptr) {
    return Direction{seed, epsilon, false};
  }
  const Job& job = jobs[*cursor];
  return Direction{job.seed, job.epsilon, (job.flags & JOB_KEEPS_WEIGHTS) != 0};
}

// `steps` for W elements from element `first` of the flat buffer on; `count` of them are parameters.
template <int W>
ZOWARMUP_DEVICE void perturbElements(const float* w, const Sides& sides, const Segment& segment, long long first,
                                     long long count, const float (&steps)[W]) {
  const long long within = first - segment.offset;
  float plus[W], minus[W];
  if (count >= W && (segment.kind & SEGMENT_PADDED) == 0) {
    float center[4];
#pragma unroll
    for (int part = 0; part < W; part += 4) {
      loadVector(w + first + part, center);
#pragma unroll
      for (int i = 0; i < 4; i++) {
        plus[part + i] = __fadd_rn(center[i], steps[part + i]);
        minus[part + i] = __fsub_rn(center[i], steps[part + i]);
      }
    }
    if constexpr (W == 8) {
      storeEight(sides.plus, segment, within, plus);
      storeEight(sides.minus, segment, within, minus);
    } else {
      storeFour(sides.plus, segment, within, plus);
      storeFour(sides.minus, segment, within, minus);
    }
    return;
  }
#pragma unroll
  for (int i = 0; i < W; i++) {
    if (i < count) {
      const float center = w[first + i];
      storeElement(sides.plus, segment, within + i, __fadd_rn(center, steps[i]));
      storeElement(sides.minus, segment, within + i, __fsub_rn(center, steps[i]));
    }
  }
}

// One block by a warp, four elements a thread. `words`: signWordOfLane of the tile; b: the block within the tile.
ZOWARMUP_DEVICE void perturbOneBlock(const float* w, const Sides& sides, const Segment& segment, long long block,
                                     unsigned int words, int b, float epsilon) {
  const int lane = laneIndex();
  const unsigned int word = __shfl_sync(ALL_LANES, words, (lane & 24) | b);
  float steps[4];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    steps[i] = withSign(word, (4 * lane + i) % 32, epsilon);
  }
  const long long first = block * BLOCK_ELEMENTS + 4 * lane;
  perturbElements(w, sides, segment, first, elementsFrom(segment, first), steps);
}

// Two whole blocks of one tensor by a warp, eight elements a thread: 16-byte stores of bf16.
ZOWARMUP_DEVICE void perturbTwoBlocks(const float* w, const Sides& sides, const Segment& segment, long long block,
                                      unsigned int words, int b, float epsilon) {
  const int lane = laneIndex();
  const int within = lane % 16 * 8;
  const unsigned int word = __shfl_sync(ALL_LANES, words, (within / 32 * 8) | (b + lane / 16));
  float steps[8];
#pragma unroll
  for (int i = 0; i < 8; i++) {
    steps[i] = withSign(word, (within + i) % 32, epsilon);
  }
  perturbElements(w, sides, segment, (block + lane / 16) * BLOCK_ELEMENTS + within, 8, steps);
}

}  // namespace zowarmup

using namespace zowarmup;

// A warp takes eight blocks of 128 elements at a time.
// Grid: blocks / 64, loops
extern "C" __global__ void __launch_bounds__(256)
    perturbRademacher(const float* __restrict__ w, unsigned char* __restrict__ plus, unsigned char* __restrict__ minus,
                      const Segment* __restrict__ segments, const int* __restrict__ blockSegment, long long blocks,
                      const Job* __restrict__ jobs, const int* __restrict__ cursor, unsigned long long seed,
                      float epsilon) {
  const Direction job = directionOf(jobs, cursor, seed, epsilon);
  if (job.keepsWeights) {
    return;
  }
  const Sides sides = {plus, minus};
  for (long long tile = firstRow(); tile * TILE_BLOCKS < blocks; tile += rowStride()) {
    const long long first = tile * TILE_BLOCKS;
    const unsigned int words = signWordOfLane(job.seed, first);
    const int count = blocks - first < TILE_BLOCKS ? static_cast<int>(blocks - first) : TILE_BLOCKS;
    for (int b = 0; b < count;) {
      const int owner = blockSegment[first + b];
      const Segment& segment = segments[owner];
      const bool two = (segment.kind & (SEGMENT_BF16 | SEGMENT_PADDED)) == SEGMENT_BF16 && b + 1 < count &&
                       blockSegment[first + b + 1] == owner &&
                       elementsFrom(segment, (first + b + 1) * BLOCK_ELEMENTS) >= BLOCK_ELEMENTS;
      if (two) {
        perturbTwoBlocks(w, sides, segment, first + b, words, b, job.epsilon);
        b += 2;
      } else {
        perturbOneBlock(w, sides, segment, first + b, words, b, job.epsilon);
        b += 1;
      }
    }
  }
}

// A thread takes the eight elements of two Philox calls at a time.
// Grid: blocks / 64, loops
extern "C" __global__ void __launch_bounds__(256)
    perturbGaussian(const float* __restrict__ w, unsigned char* __restrict__ plus, unsigned char* __restrict__ minus,
                    const Segment* __restrict__ segments, const int* __restrict__ blockSegment, long long blocks,
                    const Job* __restrict__ jobs, const int* __restrict__ cursor, unsigned long long seed,
                    float epsilon) {
  const Direction job = directionOf(jobs, cursor, seed, epsilon);
  if (job.keepsWeights) {
    return;
  }
  const Sides sides = {plus, minus};
  for (long long item = firstItem(); item * 8 < blocks * BLOCK_ELEMENTS; item += itemStride()) {
    const long long first = item * 8;
    const Segment& segment = segments[blockSegment[first / BLOCK_ELEMENTS]];
    const long long count = elementsFrom(segment, first);
    if (count <= 0) {
      continue;
    }
    float low[4], high[4], steps[8];
    gaussianBlock(job.seed, static_cast<unsigned long long>(2 * item), low);
    gaussianBlock(job.seed, static_cast<unsigned long long>(2 * item + 1), high);
#pragma unroll
    for (int i = 0; i < 4; i++) {
      steps[i] = __fmul_rn(job.epsilon, low[i]);
      steps[4 + i] = __fmul_rn(job.epsilon, high[i]);
    }
    perturbElements(w, sides, segment, first, count, steps);
  }
}
