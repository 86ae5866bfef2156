// *found becomes 1 where an element of v [n] is infinite or no number; the host sets it to 0 before.
#include "compute.h"

using namespace zowarmup;

// Grid: n / 2048, loops
extern "C" __global__ void __launch_bounds__(256) findNonFinite(const float* v, long long n, int* found) {
  for (long long i = firstItem(); i < n; i += itemStride()) {
    if ((__float_as_uint(v[i]) & 0x7f800000u) == 0x7f800000u) {
      *found = 1;
    }
  }
}
