// GELU and its gradient. Tensors of n elements; an output may be the input of the same position.
#include "gelu.h"

namespace zowarmup {

struct GeluForward {
  const act_t* x;
  act_t* y;
  template <int W>
  ZOWARMUP_MEMBER void run(long long i) const {
    float v[W];
    loadVector(x + i, v);
#pragma unroll
    for (int j = 0; j < W; j++) {
      v[j] = gelu(v[j]);
    }
    storeVector(y + i, v);
  }
};

struct GeluBackward {
  const act_t* x;
  const act_t* dy;
  act_t* dx;
  template <int W>
  ZOWARMUP_MEMBER void run(long long i) const {
    float v[W], d[W];
    loadVector(x + i, v);
    loadVector(dy + i, d);
#pragma unroll
    for (int j = 0; j < W; j++) {
      const float square = v[j] * v[j];
      const float t = tanhf(GELU_SCALE * (v[j] + GELU_CUBIC * square * v[j]));
      const float inner = GELU_SCALE * (1.0f + 3.0f * GELU_CUBIC * square);
      d[j] *= 0.5f * (1.0f + t) + 0.5f * v[j] * (1.0f - t * t) * inner;
    }
    storeVector(dx + i, d);
  }
};

}  // namespace zowarmup

using namespace zowarmup;

// Grid: n / 2048, loops
extern "C" __global__ void __launch_bounds__(256) geluForward(const act_t* x, act_t* y, long long n) {
  forEachElement<VECTOR>(n, aligned16(x) && aligned16(y), GeluForward{x, y});
}

// Grid: n / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    geluBackward(const act_t* x, const act_t* dy, act_t* dx, long long n) {
  forEachElement<VECTOR>(n, aligned16(x) && aligned16(dy) && aligned16(dx), GeluBackward{x, dy, dx});
}
