// GELU in its tanh form (Hendrycks and Gimpel 2016): y = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
#ifndef ZOWARMUP_GELU_H
#define ZOWARMUP_GELU_H

#include "compute.h"

namespace zowarmup {

constexpr float GELU_SCALE = 0.7978845608028654f;  // sqrt(2/pi)
constexpr float GELU_CUBIC = 0.044715f;

ZOWARMUP_DEVICE float gelu(float v) { return 0.5f * v * (1.0f + tanhf(GELU_SCALE * (v + GELU_CUBIC * v * v * v))); }

}  // namespace zowarmup

#endif  // ZOWARMUP_GELU_H
