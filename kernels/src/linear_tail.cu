// What follows the product of a linear layer, in one pass over it: its bias, and then GELU, or a sum with another
// tensor and the layer norm of that. Every value is rounded to the compute type where kernels one after the other would
// store it, so that the bits are theirs. product, other, outputs [rows, C]; bias, gain, shift [C] fp32.
#include "gelu.h"
#include "layer_norm.h"

namespace zowarmup {

struct BiasGelu {
  act_t* x;
  const float* bias;
  act_t* y;
  int channels;
  int keeps;
  template <int W>
  ZOWARMUP_MEMBER void run(long long i) const {
    const int c = static_cast<int>(i % channels);
    float v[W];
    loadVector(x + i, v);
#pragma unroll
    for (int j = 0; j < W; j++) {
      v[j] = rounded(v[j] + bias[c + j]);
    }
    if (keeps != 0) {
      storeVector(x + i, v);
    }
#pragma unroll
    for (int j = 0; j < W; j++) {
      v[j] = gelu(v[j]);
    }
    storeVector(y + i, v);
  }
};

struct BiasAndOther {
  const act_t* product;
  const float* bias;
  const act_t* other;
  act_t* sum;
};

// Each lane reads the elements of the sum that it wrote.
template <int W>
ZOWARMUP_DEVICE void biasAddNormRows(const BiasAndOther& a, const LayerNormForward& norm, long long rows) {
  for (long long row = firstRow(); row < rows; row += rowStride()) {
    for (int c = laneIndex() * W; c < norm.channels; c += WARP_LANES * W) {
      const long long i = row * norm.channels + c;
      float v[W], o[W];
      loadVector(a.product + i, v);
      loadVector(a.other + i, o);
#pragma unroll
      for (int j = 0; j < W; j++) {
        v[j] = rounded(v[j] + a.bias[c + j]) + o[j];
      }
      storeVector(a.sum + i, v);
    }
    if (norm.gain != nullptr) {
      layerNormRow<W>(norm, row);
    }
  }
}

}  // namespace zowarmup

using namespace zowarmup;

// y = gelu(product + bias); product + bias takes the product's place where it is kept for the backward pass. y may be
// the product.
// Grid: rows * channels / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    biasGelu(act_t* product, const float* bias, act_t* y, long long rows, int channels, int keeps) {
  forEachElement<VECTOR>(rows * channels, channels % VECTOR == 0 && aligned16(product) && aligned16(y),
                         BiasGelu{product, bias, y, channels, keeps});
}

// sum = product + bias + other, y = layer norm of sum; without a gain the sum alone. sum and y may each be product or
// other. A warp takes a row.
// Grid: rows / 8, loops
extern "C" __global__ void __launch_bounds__(256)
    biasAddNorm(const act_t* product, const float* bias, const act_t* other, act_t* sum, const float* gain,
                const float* shift, act_t* y, float* mean, float* rstd, long long rows, int channels, float epsilon) {
  const BiasAndOther a = {product, bias, other, sum};
  const LayerNormForward norm = {sum, gain, shift, y, mean, rstd, channels, epsilon};
  if (channels % VECTOR == 0 && aligned16(product) && aligned16(other) && aligned16(sum) && aligned16(y)) {
    biasAddNormRows<VECTOR>(a, norm, rows);
  } else {
    biasAddNormRows<1>(a, norm, rows);
  }
}
