// PyTorch's SGD: g += weightDecay w; v = momentum v + g; w -= lr v (without momentum w -= lr g). Every product and
// every sum is rounded on its own. w, gradient, velocity [n]; velocity is null where there is no momentum.
#include "compute.h"
#include "job.h"

namespace zowarmup {

struct SgdStep {
  float* w;
  const float* gradient;
  float* velocity;
  float lr;
  float momentum;
  float weightDecay;

  template <int W>
  ZOWARMUP_MEMBER void run(long long i) const {
    float weights[W], step[W], kept[W];
    loadVector(w + i, weights);
    loadVector(gradient + i, step);
    if (velocity != nullptr) {
      loadVector(velocity + i, kept);
    }
#pragma unroll
    for (int j = 0; j < W; j++) {
      step[j] = __fadd_rn(step[j], __fmul_rn(weightDecay, weights[j]));
      if (velocity != nullptr) {
        step[j] = __fadd_rn(__fmul_rn(momentum, kept[j]), step[j]);
      }
      weights[j] = __fsub_rn(weights[j], __fmul_rn(lr, step[j]));
    }
    if (velocity != nullptr) {
      storeVector(velocity + i, step);
    }
    storeVector(w + i, weights);
  }
};

ZOWARMUP_DEVICE void sgd(const SgdStep& step, long long n) {
  forEachElement<4>(n, aligned16(step.w) && aligned16(step.gradient) && aligned16(step.velocity), step);
}

}  // namespace zowarmup

using namespace zowarmup;

// Grid: n / 2048, loops
extern "C" __global__ void __launch_bounds__(256) sgdStep(float* w, const float* gradient, float* velocity, long long n,
                                                          float lr, float momentum, float weightDecay) {
  sgd(SgdStep{w, gradient, velocity, lr, momentum, weightDecay}, n);
}

// The same with the rates of the job at hand.
// Grid: n / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    sgdStepJob(float* w, const float* gradient, float* velocity, long long n, const Job* jobs, const int* cursor) {
  const Job& job = jobs[*cursor];
  sgd(SgdStep{w, gradient, velocity, job.lr, job.momentum, job.weightDecay}, n);
}
