// PyTorch's SGD: g += weightDecay w; v = momentum v + g; w -= lr v (without momentum w -= lr g). Every product and
// every sum is rounded on its own. w, gradient, velocity [n]; velocity is null where there is no momentum.
#include "job.h"
#include "segment.h"

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

// One element at a time, from a gradient and to a compute copy that lie as the segments say.
struct SgdStepCopy {
  SgdStep flat;
  const unsigned char* gradient;
  unsigned char* copy;

  ZOWARMUP_MEMBER void run(const Segment& segment, long long element) const {
    const long long within = element - segment.offset;
    float* const w = flat.w + element;
    float step = __fadd_rn(loadElement(gradient, segment, within), __fmul_rn(flat.weightDecay, *w));
    if (flat.velocity != nullptr) {
      step = __fadd_rn(__fmul_rn(flat.momentum, flat.velocity[element]), step);
      flat.velocity[element] = step;
    }
    *w = __fsub_rn(*w, __fmul_rn(flat.lr, step));
    storeElement(copy, segment, within, *w);
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

// The same with gradient and compute copy of the weights as the segments say: the copy is what the next step's forward
// pass reads, so that neither has to be converted on its own.
// Grid: blocks / 8, loops
extern "C" __global__ void __launch_bounds__(256)
    sgdStepCopy(float* w, const unsigned char* gradient, float* velocity, unsigned char* copy, const Segment* segments,
                const int* blockSegment, long long blocks, const Job* jobs, const int* cursor) {
  const Job& job = jobs[*cursor];
  const SgdStepCopy step = {SgdStep{w, nullptr, velocity, job.lr, job.momentum, job.weightDecay}, gradient, copy};
  for (long long item = firstItem(); item < blocks * BLOCK_ELEMENTS; item += itemStride()) {
    const Segment& segment = segments[blockSegment[item / BLOCK_ELEMENTS]];
    if (elementsFrom(segment, item) > 0) {
      step.run(segment, item);
    }
  }
}
