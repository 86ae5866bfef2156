// Between fp32 and the compute type; n elements.
#include "compute.h"

namespace zowarmup {

template <typename From, typename To>
struct Conversion {
  const From* x;
  To* y;
  template <int W>
  ZOWARMUP_MEMBER void run(long long i) const {
#pragma unroll
    for (int j = 0; j < W; j++) {
      store(y + i + j, load(x + i + j));
    }
  }
};

}  // namespace zowarmup

using namespace zowarmup;

// Grid: n / 2048, loops
extern "C" __global__ void __launch_bounds__(256) toCompute(const float* x, act_t* y, long long n) {
  forEachElement<1>(n, true, Conversion<float, act_t>{x, y});
}

// Grid: n / 2048, loops
extern "C" __global__ void __launch_bounds__(256) toFloat(const act_t* x, float* y, long long n) {
  forEachElement<1>(n, true, Conversion<act_t, float>{x, y});
}
