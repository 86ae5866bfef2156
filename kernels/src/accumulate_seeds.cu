// y = beta x + sum_k coefficient_k z(seed_k) on the tensors of the flat buffer: the sum starts from 0 and runs in the
// order of the list, one rounding for each product and each addition, all terms in one pass over y. y may be x; where
// beta is 0 x is not read. Padding is not written. The terms are those of the job at hand, its first one counted from
// `seeds` and `coefficients` on; nothing is done for a later pass of a job; where `jobs` is null they are the first
// `terms`.
#include "gaussian.h"
#include "job.h"
#include "segment.h"
#include "signs.h"

namespace zowarmup {

constexpr int LANE_ELEMENTS = 32;  // one word of signs: a warp's tile is eight blocks of 128
constexpr int TERMS_AT_ONCE = 4;   // the 32 threads of a warp make the signs of eight blocks for four terms
constexpr int WARPS = 8;

struct Terms {
  const unsigned long long* seeds;
  const float* coefficients;
  int count;
  bool keepsWeights;
};

ZOWARMUP_DEVICE Terms termsOf(const Job* jobs, const int* cursor, const unsigned long long* seeds,
                              const float* coefficients, int terms) {
  if (jobs == nullptr) {
    return Terms{seeds, coefficients, terms, false};
  }
  const Job& job = jobs[*cursor];
  return Terms{seeds + job.firstTerm, coefficients + job.firstTerm, job.terms, (job.flags & JOB_KEEPS_WEIGHTS) != 0};
}

template <int W>
ZOWARMUP_DEVICE void addSums(const float* x, float* y, float beta, long long count, const float (&sums)[W]) {
  if (count >= W) {
#pragma unroll
    for (int part = 0; part < W; part += 4) {
      float v[4] = {0.0f, 0.0f, 0.0f, 0.0f};
      if (beta != 0.0f) {
        loadVector(x + part, v);
      }
#pragma unroll
      for (int i = 0; i < 4; i++) {
        v[i] = beta != 0.0f ? __fadd_rn(__fmul_rn(beta, v[i]), sums[part + i]) : sums[part + i];
      }
      storeVector(y + part, v);
    }
    return;
  }
#pragma unroll
  for (int i = 0; i < W; i++) {
    if (i < count) {
      y[i] = beta != 0.0f ? __fadd_rn(__fmul_rn(beta, x[i]), sums[i]) : sums[i];
    }
  }
}

}  // namespace zowarmup

using namespace zowarmup;

// Three instructions an element and term (shift, sign, add); the Philox calls are shared out: each thread makes one of
// eight blocks for one of four terms and leaves it in shared memory, where thread t reads word t % 4 of block t / 4.
// Grid: blocks / 64, loops
extern "C" __global__ void __launch_bounds__(256)
    accumulateRademacher(const float* x, float* y, float beta, const Segment* __restrict__ segments,
                         const int* __restrict__ blockSegment, long long blocks,
                         const unsigned long long* __restrict__ seeds, const float* __restrict__ coefficients,
                         int terms, const Job* __restrict__ jobs, const int* __restrict__ cursor) {
  const Terms sum = termsOf(jobs, cursor, seeds, coefficients, terms);
  if (sum.keepsWeights) {
    return;
  }
  __shared__ unsigned int words[WARPS][TERMS_AT_ONCE][TILE_BLOCKS * 4];
  const int lane = laneIndex();
  unsigned int(*const mine)[TILE_BLOCKS * 4] = words[threadIdx.x / WARP_LANES];
  for (long long tile = firstRow(); tile * TILE_BLOCKS < blocks; tile += rowStride()) {
    const long long first = tile * TILE_BLOCKS;
    float sums[LANE_ELEMENTS];
#pragma unroll
    for (int i = 0; i < LANE_ELEMENTS; i++) {
      sums[i] = 0.0f;
    }
    for (int start = 0; start < sum.count; start += TERMS_AT_ONCE) {
      const int made = start + lane / TILE_BLOCKS;
      __syncwarp();
      if (made < sum.count) {
        const PhiloxWords signs =
            rademacherBlock(sum.seeds[made], static_cast<unsigned long long>(first + lane % TILE_BLOCKS));
#pragma unroll
        for (int i = 0; i < 4; i++) {
          mine[lane / TILE_BLOCKS][lane % TILE_BLOCKS * 4 + i] = signs.w[i];
        }
      }
      __syncwarp();
      const int count = sum.count - start < TERMS_AT_ONCE ? sum.count - start : TERMS_AT_ONCE;
      for (int k = 0; k < count; k++) {
        const unsigned int word = mine[k][lane];
        const float coefficient = sum.coefficients[start + k];
#pragma unroll
        for (int i = 0; i < LANE_ELEMENTS; i++) {
          sums[i] = __fadd_rn(sums[i], withSign(word, i, coefficient));
        }
      }
    }
    const long long block = first + lane / 4;
    if (block < blocks) {
      const long long element = first * BLOCK_ELEMENTS + static_cast<long long>(lane) * LANE_ELEMENTS;
      addSums(x + element, y + element, beta, elementsFrom(segments[blockSegment[block]], element), sums);
    }
  }
}

// A thread takes the four elements of a Philox call.
// Grid: blocks / 8, loops
extern "C" __global__ void __launch_bounds__(256)
    accumulateGaussian(const float* x, float* y, float beta, const Segment* __restrict__ segments,
                       const int* __restrict__ blockSegment, long long blocks,
                       const unsigned long long* __restrict__ seeds, const float* __restrict__ coefficients, int terms,
                       const Job* __restrict__ jobs, const int* __restrict__ cursor) {
  const Terms sum = termsOf(jobs, cursor, seeds, coefficients, terms);
  if (sum.keepsWeights) {
    return;
  }
  for (long long item = firstItem(); item * 4 < blocks * BLOCK_ELEMENTS; item += itemStride()) {
    const long long element = item * 4;
    const long long count = elementsFrom(segments[blockSegment[element / BLOCK_ELEMENTS]], element);
    if (count <= 0) {
      continue;
    }
    float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (int k = 0; k < sum.count; k++) {
      float z[4];
      gaussianBlock(sum.seeds[k], static_cast<unsigned long long>(item), z);
      const float coefficient = sum.coefficients[k];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        sums[i] = __fadd_rn(sums[i], __fmul_rn(coefficient, z[i]));
      }
    }
    addSums(x + element, y + element, beta, count, sums);
  }
}
