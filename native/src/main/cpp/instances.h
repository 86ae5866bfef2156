// Compiles isa/*.inc three times and picks an instance at run time. The flags of the build stay at -march=x86-64; each
// instance is compiled under a target pragma of its own.
#ifndef ZOWARMUP_INSTANCES_H
#define ZOWARMUP_INSTANCES_H

// GCC's own headers start undefined vectors from themselves, and warn of it once inlined (GCC bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

#include <cmath>
#include <cstring>

#include "cpu.h"
#include "gaussian.h"
#include "kernel_table.h"
#include "philox.h"

#define ZOWARMUP_INLINE static inline __attribute__((always_inline))
#define ZOWARMUP_INLINE_MEMBER inline __attribute__((always_inline))

#define ZOWARMUP_ISA portable
#define ZOWARMUP_VECTOR_BYTES 16
#include "isa/simd_portable.inc"
//
#include "isa/all.inc"
#undef ZOWARMUP_ISA
#undef ZOWARMUP_VECTOR_BYTES

#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi,bmi2")
#define ZOWARMUP_ISA avx2
#define ZOWARMUP_VECTOR_BYTES 32
#include "isa/simd_avx2.inc"
//
#include "isa/all.inc"
#undef ZOWARMUP_ISA
#undef ZOWARMUP_VECTOR_BYTES
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2,prefer-vector-width=512")
#define ZOWARMUP_ISA avx512
#define ZOWARMUP_VECTOR_BYTES 64
#include "isa/simd_avx512.inc"
//
#include "isa/all.inc"
#undef ZOWARMUP_ISA
#undef ZOWARMUP_VECTOR_BYTES
#pragma GCC pop_options

namespace zowarmup {

inline const Kernels& kernels() {
  switch (isa()) {
    case ISA_AVX512:
      return avx512::KERNELS;
    case ISA_AVX2:
      return avx2::KERNELS;
    default:
      return portable::KERNELS;
  }
}

}  // namespace zowarmup

#endif  // ZOWARMUP_INSTANCES_H
