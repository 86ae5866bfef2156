// Lets a .cu of kernels/src be compiled by g++ as plain C++17 and run on the CPU. Test scope only. Include it before
// the source, then name each entry point: SHIM_EXPORT(perturbRademacher). Compile with -ffp-contract=off: the device's
// single-rounding intrinsics are plain operators here. There is no inline PTX, no tensor core and no real concurrency:
// SHIM_ORDER = 0, 1 or 2 changes the order of the threads, and a kernel without races gives the same bits for each.
#ifndef ZOWARMUP_SHIM_H
#define ZOWARMUP_SHIM_H

#include <cmath>

#include "fibers.h"

#define ZOWARMUP_SHIM 1
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static thread_local
#define __align__(n) alignas(n)

// Memory of the launch's dynamicShared bytes; fresh and poisoned for every block.
#define DYNAMIC_SHARED(name) unsigned char* const name = shim::current->dynamicShared()

#define __syncthreads() shim::current->barrier(__LINE__)
#define __syncwarp() static_cast<void>(shim::current->shuffle(0xffffffffu, 0, __LINE__, 0))
#define __shfl_sync(mask, value, source) shim::shuffle(mask, value, __LINE__, (source)&31)
#define __shfl_xor_sync(mask, value, lanes) shim::shuffle(mask, value, __LINE__, shim::lane() ^ (lanes))

struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned int x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return float4{x, y, z, w}; }
inline uint4 make_uint4(unsigned int x, unsigned int y, unsigned int z, unsigned int w) { return uint4{x, y, z, w}; }

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float a) { return std::sqrt(a); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __dsqrt_rn(double a) { return std::sqrt(a); }

inline unsigned int __float_as_uint(float a) {
  unsigned int bits;
  std::memcpy(&bits, &a, sizeof bits);
  return bits;
}
inline float __uint_as_float(unsigned int bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

namespace shim {

inline int lane() { return current->lane(); }

template <typename T>
T shuffle(unsigned mask, T value, int line, int source) {
  static_assert(sizeof(T) <= sizeof(uint64_t), "a shuffle moves up to 8 bytes");
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = current->shuffle(mask, bits, line, source);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <auto KERNEL, typename... A, size_t... I>
void call(void** args, void (*)(A...), std::index_sequence<I...>) {
  KERNEL(*static_cast<std::remove_const_t<A>*>(args[I])...);
}

template <auto KERNEL, typename... A>
auto callerOf(void (*)(A...)) {
  return [](void** args) { call<KERNEL>(args, KERNEL, std::index_sequence_for<A...>{}); };
}

// Arguments as cudaLaunchKernel takes them. 0, or 1 with a message in `error`.
template <auto KERNEL>
int launch(const unsigned grid[3], const unsigned block[3], size_t dynamicShared, void** args, char* error,
           size_t errorSize) {
  Runner runner({grid[0], grid[1], grid[2]}, {block[0], block[1], block[2]}, dynamicShared, callerOf<KERNEL>(KERNEL),
                args);
  const char* const message = runner.run();
  if (errorSize > 0) {
    std::snprintf(error, errorSize, "%s", message);
  }
  return message[0] == 0 ? 0 : 1;
}

}  // namespace shim

#define threadIdx (shim::current->threadIdx)
#define blockIdx (shim::current->blockIdx)
#define blockDim (shim::current->blockDim)
#define gridDim (shim::current->gridDim)

#define SHIM_EXPORT(name)                                                                                             \
  extern "C" __attribute__((visibility("default"))) int name##__launch(const unsigned grid[3],                        \
                                                                       const unsigned block[3], size_t dynamicShared, \
                                                                       void** args, char* error, size_t errorSize) {  \
    return shim::launch<&name>(grid, block, dynamicShared, args, error, errorSize);                                   \
  }

#endif  // ZOWARMUP_SHIM_H
