// Gaussian directions: Box and Muller (1958) on the words of Philox, with our own log, sin and cos, so that Java, C++
// and CUDA agree bit for bit (the libraries' differ in the last place). Every step is one IEEE operation: explicit
// fma, product, sum or square root; host code must be compiled with -ffp-contract=off. The Java twin is
// org.zowarmup.random.BoxMuller. Coefficients: kernels/src-tools/fit_gaussian.py.
#ifndef ZOWARMUP_GAUSSIAN_H
#define ZOWARMUP_GAUSSIAN_H

#include "philox.h"

namespace zowarmup {

#ifdef __CUDA_ARCH__
ZOWARMUP_HD float fusedMultiplyAdd(float a, float b, float c) { return __fmaf_rn(a, b, c); }
ZOWARMUP_HD float product(float a, float b) { return __fmul_rn(a, b); }
ZOWARMUP_HD float squareRoot(float a) { return __fsqrt_rn(a); }
ZOWARMUP_HD int floatBits(float a) { return __float_as_int(a); }
ZOWARMUP_HD float floatOfBits(int a) { return __int_as_float(a); }
#else
ZOWARMUP_HD float fusedMultiplyAdd(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
ZOWARMUP_HD float product(float a, float b) { return a * b; }
ZOWARMUP_HD float squareRoot(float a) { return __builtin_sqrtf(a); }
ZOWARMUP_HD int floatBits(float a) {
  int bits;
  __builtin_memcpy(&bits, &a, sizeof bits);
  return bits;
}
ZOWARMUP_HD float floatOfBits(int a) {
  float value;
  __builtin_memcpy(&value, &a, sizeof value);
  return value;
}
#endif

// Natural logarithm of a normal positive float. x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), f exact;
// log(1 + f) = f + f^2 P(f).
ZOWARMUP_HD float naturalLog(float x) {
  const int sqrtHalfBits = 0x3f3504f3;
  const int bits = floatBits(x);
  const int exponent = (bits - sqrtHalfBits) >> 23;
  const float e = static_cast<float>(exponent);
  const float f = floatOfBits(bits - exponent * (1 << 23)) - 1.0f;
  float p = -0x1.39c1f4p-4f;
  p = fusedMultiplyAdd(p, f, 0x1.08ceeep-3f);
  p = fusedMultiplyAdd(p, f, -0x1.0f277cp-3f);
  p = fusedMultiplyAdd(p, f, 0x1.225a62p-3f);
  p = fusedMultiplyAdd(p, f, -0x1.542652p-3f);
  p = fusedMultiplyAdd(p, f, 0x1.99a52cp-3f);
  p = fusedMultiplyAdd(p, f, -0x1.000434p-2f);
  p = fusedMultiplyAdd(p, f, 0x1.55554ep-2f);
  p = fusedMultiplyAdd(p, f, -0x1.fffff8p-2f);
  const float log1p = fusedMultiplyAdd(product(f, f), p, f);
  const float ln2High = 0x1.62e43p-1f;
  const float ln2Low = -0x1.05c61p-29f;
  return fusedMultiplyAdd(e, ln2High, fusedMultiplyAdd(e, ln2Low, log1p));
}

// sin(pi/2 x) for x in [-1/2, 1/2].
ZOWARMUP_HD float sinHalfPi(float x) {
  const float t = product(x, x);
  float p = 0x1.443928p-13f;
  p = fusedMultiplyAdd(p, t, -0x1.32ada8p-8f);
  p = fusedMultiplyAdd(p, t, 0x1.466b78p-4f);
  p = fusedMultiplyAdd(p, t, -0x1.4abbcep-1f);
  const float halfPiHigh = 0x1.921fb6p+0f;
  const float halfPiLow = -0x1.777a5cp-25f;
  p = fusedMultiplyAdd(p, t, halfPiLow);
  return fusedMultiplyAdd(x, halfPiHigh, product(p, x));
}

// cos(pi/2 x) for x in [-1/2, 1/2].
ZOWARMUP_HD float cosHalfPi(float x) {
  const float t = product(x, x);
  float p = 0x1.d4f47ap-11f;
  p = fusedMultiplyAdd(p, t, -0x1.55b2b2p-6f);
  p = fusedMultiplyAdd(p, t, 0x1.03c1b0p-2f);
  p = fusedMultiplyAdd(p, t, -0x1.3bd3ccp+0f);
  return fusedMultiplyAdd(p, t, 1.0f);
}

// Two independent normal deviates from two words: u = ((w >> 8) + 1) 2^-24 in (0, 1] gives the radius
// sqrt(-2 log u) (so at most 5.77), v = (w' >> 8) 2^-24 in [0, 1) the angle 2 pi v.
ZOWARMUP_HD void boxMuller(unsigned int radiusWord, unsigned int angleWord, float* first, float* second) {
  const float u = product(static_cast<float>(static_cast<int>(radiusWord >> 8) + 1), 0x1p-24f);
  const float radius = squareRoot(product(-2.0f, naturalLog(u)));
  // The angle in quarter turns is quarter + x, x in [-1/2, 1/2): exact in integers.
  const int turn = static_cast<int>(angleWord >> 8);
  const int quarter = (turn + (1 << 21)) >> 22;
  const float x = product(static_cast<float>(turn - quarter * (1 << 22)), 0x1p-22f);
  const float sine = sinHalfPi(x);
  const float cosine = cosHalfPi(x);
  const float s = (quarter & 1) != 0 ? cosine : sine;
  const float c = (quarter & 1) != 0 ? sine : cosine;
  *first = product(radius, ((quarter + 1) & 2) != 0 ? -c : c);
  *second = product(radius, (quarter & 2) != 0 ? -s : s);
}

// Element i of the Gaussian direction: block i >> 2; words (0, 1) make elements 0 and 1 of the block, (2, 3) the
// others.
ZOWARMUP_HD void gaussianBlock(unsigned long long seed, unsigned long long block, float* out4) {
  const PhiloxWords words = streamBlock(seed, block, STREAM_GAUSSIAN);
  boxMuller(words.w[0], words.w[1], out4, out4 + 1);
  boxMuller(words.w[2], words.w[3], out4 + 2, out4 + 3);
}

}  // namespace zowarmup

#endif  // ZOWARMUP_GAUSSIAN_H
