// y = (x - mean) rstd gain + bias over the channels of a row (Ba, Kiros and Hinton 2016), rstd = 1 / sqrt(biased
// variance + epsilon). x, y [rows, C]; gain, bias [C] fp32; mean, rstd [rows] fp32 or null; y may be x. A warp takes a
// row.
#include "layer_norm.h"

namespace zowarmup {

template <int W>
ZOWARMUP_DEVICE void layerNorm(const LayerNormForward& a, long long rows) {
  for (long long row = firstRow(); row < rows; row += rowStride()) {
    layerNormRow<W>(a, row);
  }
}

}  // namespace zowarmup

using namespace zowarmup;

// Grid: rows / 8, loops
extern "C" __global__ void __launch_bounds__(256)
    layerNormForward(const act_t* x, const float* gain, const float* bias, act_t* y, float* mean, float* rstd,
                     long long rows, int channels, float epsilon) {
  const LayerNormForward a = {x, gain, bias, y, mean, rstd, channels, epsilon};
  if (channels % VECTOR == 0 && aligned16(x) && aligned16(y)) {
    layerNorm<VECTOR>(a, rows);
  } else {
    layerNorm<1>(a, rows);
  }
}
