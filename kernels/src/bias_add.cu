// y[row, c] += bias[c], then relu where asked. y [rows, C]; bias [C] fp32.
#include "compute.h"

namespace zowarmup {

struct BiasAdd {
  act_t* y;
  const float* bias;
  int channels;
  int activates;
  template <int W>
  ZOWARMUP_MEMBER void run(long long i) const {
    const int c = static_cast<int>(i % channels);
    float v[W];
    loadVector(y + i, v);
#pragma unroll
    for (int j = 0; j < W; j++) {
      v[j] += bias[c + j];
      v[j] = activates != 0 ? relu(v[j]) : v[j];
    }
    storeVector(y + i, v);
  }
};

}  // namespace zowarmup

using namespace zowarmup;

// Grid: rows * channels / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    biasAdd(act_t* y, const float* bias, long long rows, int channels, int activates) {
  forEachElement<VECTOR>(rows * channels, channels % VECTOR == 0 && aligned16(y),
                         BiasAdd{y, bias, channels, activates});
}
