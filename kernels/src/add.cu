// y = a + b, then relu where asked. Tensors of n elements; y may be a or b.
#include "compute.h"

namespace zowarmup {

struct AddForward {
  const act_t* a;
  const act_t* b;
  act_t* y;
  int activates;
  template <int W>
  ZOWARMUP_MEMBER void run(long long i) const {
    float v[W], w[W];
    loadVector(a + i, v);
    loadVector(b + i, w);
#pragma unroll
    for (int j = 0; j < W; j++) {
      v[j] += w[j];
      v[j] = activates != 0 ? relu(v[j]) : v[j];
    }
    storeVector(y + i, v);
  }
};

}  // namespace zowarmup

using namespace zowarmup;

// Grid: n / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    addForward(const act_t* a, const act_t* b, act_t* y, long long n, int activates) {
  forEachElement<VECTOR>(n, aligned16(a) && aligned16(b) && aligned16(y), AddForward{a, b, y, activates});
}
