// Softmax cross-entropy of logits [B, K] fp32, in double: at eps 1e-3 a probe's signal is a small difference of losses.
// Rows of label -1 are masked. A warp takes a row. And sums of per-sample losses in sample order, as a host would add
// them: a warp loads 32 at a time and adds them one by one.
#include "job.h"
#include "reduce.h"

namespace zowarmup {

struct Maximum {
  float value;
  int index;  // the first of the largest; -1 where one is no number
};

ZOWARMUP_DEVICE Maximum larger(const Maximum& a, const Maximum& b) {
  if (a.index < 0 || b.index < 0) {
    return Maximum{0.0f, -1};
  }
  const bool second = b.value > a.value || (b.value == a.value && b.index < a.index);
  return second ? b : a;
}

// The same in every thread of the warp.
ZOWARMUP_DEVICE Maximum firstMaximum(const float* row, int classes) {
  Maximum best = {row[0], row[0] == row[0] ? 0 : -1};
  for (int k = laneIndex(); k < classes; k += WARP_LANES) {
    best = larger(best, Maximum{row[k], row[k] == row[k] ? k : -1});
  }
  for (int lanes = WARP_LANES / 2; lanes > 0; lanes /= 2) {
    Maximum other;
    other.value = __shfl_xor_sync(ALL_LANES, best.value, lanes);
    other.index = __shfl_xor_sync(ALL_LANES, best.index, lanes);
    best = larger(best, other);
  }
  return best;
}

ZOWARMUP_DEVICE double sumOfExponentials(const float* row, int classes, double maximum) {
  double sum = 0.0;
  for (int k = laneIndex(); k < classes; k += WARP_LANES) {
    sum += exp(static_cast<double>(row[k]) - maximum);
  }
  return warpSum(sum);
}

ZOWARMUP_DEVICE double notANumber() { return static_cast<double>(__uint_as_float(0x7fc00000u)); }

struct LossSum {
  double loss;
  long long hits;
};

// Rows from `first` to `last` - 1; the same in every thread of the warp.
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

// losses[row] = log sum exp - logit of the label, correct[row] = 1 where the label is the first maximum; a row with a
// NaN has loss NaN and correct 0, a masked one 0 and 0. Rows of pass *cursor of tables of B rows a pass; cursor null:
// row 0 on.
// Grid: batch / 8, loops
extern "C" __global__ void __launch_bounds__(256)
    crossEntropyForward(const float* logits, const int* batchLabels, double* losses, int* correct, int batch,
                        int classes, const int* cursor) {
  const long long origin = firstRowOfPass(cursor, batch);
  for (long long n = firstRow(); n < batch; n += rowStride()) {
    const float* const row = logits + n * classes;
    const int label = batchLabels[n];
    double loss = 0.0;
    int hit = 0;
    if (label >= 0) {
      const Maximum best = firstMaximum(row, classes);
      const double maximum = best.index < 0 ? notANumber() : static_cast<double>(best.value);
      loss = log(sumOfExponentials(row, classes, maximum)) + (maximum - static_cast<double>(row[label]));
      hit = best.index == label ? 1 : 0;
    }
    if (laneIndex() == 0) {
      losses[origin + n] = loss;
      correct[origin + n] = hit;
    }
  }
}

// dlogits [B, K] = (softmax - one-hot) / count of the job at hand, 0 in masked rows, NaN where a row holds one.
// Grid: batch / 8, loops
extern "C" __global__ void __launch_bounds__(256)
    crossEntropyBackward(const float* logits, const int* batchLabels, float* dlogits, int batch, int classes,
                         const Job* jobs, const int* cursor) {
  const double count = static_cast<double>(jobs[*cursor].count);
  for (long long n = firstRow(); n < batch; n += rowStride()) {
    const float* const row = logits + n * classes;
    const int label = batchLabels[n];
    if (label < 0) {
      for (int k = laneIndex(); k < classes; k += WARP_LANES) {
        dlogits[n * classes + k] = 0.0f;
      }
      continue;
    }
    const Maximum best = firstMaximum(row, classes);
    const double maximum = best.index < 0 ? notANumber() : static_cast<double>(best.value);
    const double sum = sumOfExponentials(row, classes, maximum);
    for (int k = laneIndex(); k < classes; k += WARP_LANES) {
      const double softmax = exp(static_cast<double>(row[k]) - maximum) / sum;
      dlogits[n * classes + k] = static_cast<float>((softmax - (k == label ? 1.0 : 0.0)) / count);
    }
  }
}

// lossSums[s] = the sum over rows starts[s] to starts[s + 1] - 1, for s = 0 to segments - 1; hits may be null.
// Grid: segments
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
