// Which instruction set is in force, and the OpenMP team.
#ifndef ZOWARMUP_CPU_H
#define ZOWARMUP_CPU_H

#include <omp.h>

#include <atomic>

namespace zowarmup {

constexpr int ISA_PORTABLE = 0;  // x86-64 baseline, SSE2
constexpr int ISA_AVX2 = 1;      // AVX2 and FMA
constexpr int ISA_AVX512 = 2;    // AVX-512 F, BW, DQ, VL

inline int supportedIsa() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2")) {
    return ISA_PORTABLE;
  }
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return avx512 ? ISA_AVX512 : ISA_AVX2;
}

inline std::atomic<int>& isaInForce() {
  static std::atomic<int> value(supportedIsa());
  return value;
}

inline int isa() { return isaInForce().load(std::memory_order_relaxed); }

inline int setIsa(int wanted) {
  if (wanted >= ISA_PORTABLE && wanted <= supportedIsa()) {
    isaInForce().store(wanted, std::memory_order_relaxed);
  }
  return isa();
}

inline void setOpenMpThreads(int threads) { omp_set_num_threads(threads < 1 ? 1 : threads); }

inline int maxOpenMpThreads() { return omp_get_max_threads(); }

}  // namespace zowarmup

#endif  // ZOWARMUP_CPU_H
