// All kernels for nvcc alone: kernels/check/compile compiles this for every architecture.
#include "all_kernels.h"
