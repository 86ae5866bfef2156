// Sums of per-sample losses in sample order, as the host would add them: a warp loads 32 at a time and adds them one by
// one. One warp a block.
#include "job.h"
#include "reduce.h"

namespace zowarmup {

struct LossSum {
  double loss;
  long long hits;
};

// Rows from `first` to `last` - 1; the same in every lane.
ZOWARMUP_DEVICE LossSum sumInOrder(const double* losses, const int* correct, long long first, long long last) {
  LossSum sum = {0.0, 0};
  for (long long start = first; start < last; start += WARP_LANES) {
    const long long mine = start + laneIndex();
    const double loss = mine < last ? losses[mine] : 0.0;
    const int hit = mine < last ? correct[mine] : 0;
    const int count = last - start < WARP_LANES ? static_cast<int>(last - start) : WARP_LANES;
    for (int i = 0; i < count; i++) {
      sum.loss = __dadd_rn(sum.loss, __shfl_sync(ALL_LANES, loss, i));
      sum.hits += __shfl_sync(ALL_LANES, hit, i);
    }
  }
  return sum;
}

}  // namespace zowarmup

using namespace zowarmup;

// lossSums[slot * sides + side] += the sum over the job's rows, hits likewise (may be null). With `perPass` the rows
// are those of pass *cursor in tables of `batch` rows a pass, else rows 0 on.
extern "C" __global__ void __launch_bounds__(32)
    addLosses(const double* losses, const int* correct, double* lossSums, long long* hits, int side, int sides,
              int batch, int perPass, const Job* jobs, const int* cursor) {
  const Job& job = jobs[*cursor];
  const long long first = firstRowOfPass(perPass != 0 ? cursor : nullptr, batch);
  const LossSum sum = sumInOrder(losses, correct, first, first + job.count);
  if (threadIdx.x == 0) {
    const long long at = static_cast<long long>(job.slot) * sides + side;
    lossSums[at] = __dadd_rn(lossSums[at], sum.loss);
    if (hits != nullptr) {
      hits[at] += sum.hits;
    }
  }
}

// lossSums[s] = the sum over rows starts[s] to starts[s + 1] - 1, for s = 0 to segments - 1; hits may be null.
extern "C" __global__ void __launch_bounds__(32)
    segmentLosses(const double* losses, const int* correct, const int* starts, double* lossSums, long long* hits,
                  int segments) {
  for (int s = static_cast<int>(blockIdx.x); s < segments; s += static_cast<int>(gridDim.x)) {
    const LossSum sum = sumInOrder(losses, correct, starts[s], starts[s + 1]);
    if (threadIdx.x == 0) {
      lossSums[s] = sum.loss;
      if (hits != nullptr) {
        hits[s] = sum.hits;
      }
    }
  }
}
