// Compiles the shared headers as device code: nvcc -arch=sm_90 -Ikernels/src -c kernels/check/headers.cu
#include "gaussian.h"
#include "philox.h"

extern "C" __global__ void signs(float* out, long long n, unsigned long long seed) {
  const long long i = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x;
  if (i < n) {
    const zowarmup::PhiloxWords words = zowarmup::rademacherBlock(seed, i / zowarmup::SIGNS_PER_BLOCK);
    out[i] = zowarmup::signedBy(words, static_cast<unsigned int>(i % zowarmup::SIGNS_PER_BLOCK), 1.0f);
  }
}

extern "C" __global__ void deviates(float* out, long long blocks, unsigned long long seed) {
  const long long block = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x;
  if (block < blocks) {
    zowarmup::gaussianBlock(seed, block, out + 4 * block);
  }
}
