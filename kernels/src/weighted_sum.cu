// out[i] = float(sum_k coefficients[k] vectors[k][i]), summed in double in the order of the list, every product and sum
// rounded on its own. out may be among the vectors.
#include "compute.h"

using namespace zowarmup;

// Grid: n / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    weightedSum(float* out, const float* const* vectors, const double* coefficients, int count, long long n) {
  for (long long i = firstItem(); i < n; i += itemStride()) {
    double sum = 0.0;
    for (int k = 0; k < count; k++) {
      sum = __dadd_rn(sum, __dmul_rn(coefficients[k], static_cast<double>(vectors[k][i])));
    }
    out[i] = static_cast<float>(sum);
  }
}
