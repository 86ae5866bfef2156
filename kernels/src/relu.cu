// y = max(x, 0), a NaN passes; dx = dy where y > 0, else 0. Tensors of n elements; an output may be the input of the
// same position.
#include "compute.h"

namespace zowarmup {

struct ReluForward {
  const act_t* x;
  act_t* y;
  template <int W>
  ZOWARMUP_MEMBER void run(long long i) const {
    float v[W];
    loadVector(x + i, v);
#pragma unroll
    for (int j = 0; j < W; j++) {
      v[j] = relu(v[j]);
    }
    storeVector(y + i, v);
  }
};

struct ReluBackward {
  const act_t* y;
  const act_t* dy;
  act_t* dx;
  template <int W>
  ZOWARMUP_MEMBER void run(long long i) const {
    float v[W], d[W];
    loadVector(y + i, v);
    loadVector(dy + i, d);
#pragma unroll
    for (int j = 0; j < W; j++) {
      d[j] = v[j] > 0.0f ? d[j] : 0.0f;
    }
    storeVector(dx + i, d);
  }
};

}  // namespace zowarmup

using namespace zowarmup;

// Grid: n / 2048, loops
extern "C" __global__ void __launch_bounds__(256) reluForward(const act_t* x, act_t* y, long long n) {
  forEachElement<VECTOR>(n, aligned16(x) && aligned16(y), ReluForward{x, y});
}

// Grid: n / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    reluBackward(const act_t* y, const act_t* dy, act_t* dx, long long n) {
  forEachElement<VECTOR>(n, aligned16(y) && aligned16(dy) && aligned16(dx), ReluBackward{y, dy, dx});
}
