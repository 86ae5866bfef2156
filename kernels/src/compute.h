// What all device code shares: the compute type of activations (ZOWARMUP_BF16 = 0: float, 1: bfloat16), loads and
// stores of 16 bytes, and grid-stride loops. No toolkit header: NVRTC before 13.3 has none.
#ifndef ZOWARMUP_COMPUTE_H
#define ZOWARMUP_COMPUTE_H

#ifndef ZOWARMUP_BF16
#define ZOWARMUP_BF16 0
#endif

#define ZOWARMUP_DEVICE static __device__ __forceinline__
#define ZOWARMUP_MEMBER __device__ __forceinline__

// Shared memory whose size the launch gives; the test shim has its own.
#ifndef DYNAMIC_SHARED
#define DYNAMIC_SHARED(name) extern __shared__ __align__(16) unsigned char name[]
#endif

namespace zowarmup {

constexpr int WARP_LANES = 32;
constexpr unsigned int ALL_LANES = 0xffffffffu;

// The upper half of a float.
struct bf16 {
  unsigned short bits;
};

// Rounds to the nearest, ties to even; a NaN stays one.
ZOWARMUP_DEVICE unsigned int bf16Bits(float value) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  unsigned short bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
#else
  const unsigned int bits = __float_as_uint(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return 0x7fffu;
  }
  return (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
#endif
}

// Two in a word, the first in the lower half as memory has them.
ZOWARMUP_DEVICE unsigned int bf16Pair(float first, float second) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  unsigned int pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
  return pair;
#else
  return bf16Bits(first) | (bf16Bits(second) << 16);
#endif
}

ZOWARMUP_DEVICE float load(const float* at) { return *at; }
ZOWARMUP_DEVICE float load(const bf16* at) { return __uint_as_float(static_cast<unsigned int>(at->bits) << 16); }
ZOWARMUP_DEVICE void store(float* at, float value) { *at = value; }
ZOWARMUP_DEVICE void store(bf16* at, float value) { at->bits = static_cast<unsigned short>(bf16Bits(value)); }

// 16 bytes at a multiple of 16.
ZOWARMUP_DEVICE void loadVector(const float* at, float (&out)[4]) {
  const float4 v = *reinterpret_cast<const float4*>(at);
  out[0] = v.x;
  out[1] = v.y;
  out[2] = v.z;
  out[3] = v.w;
}
ZOWARMUP_DEVICE void storeVector(float* at, const float (&v)[4]) {
  *reinterpret_cast<float4*>(at) = make_float4(v[0], v[1], v[2], v[3]);
}
ZOWARMUP_DEVICE void loadVector(const bf16* at, float (&out)[8]) {
  const uint4 v = *reinterpret_cast<const uint4*>(at);
  const unsigned int words[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
  for (int i = 0; i < 4; i++) {
    out[2 * i] = __uint_as_float(words[i] << 16);
    out[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000u);
  }
}
ZOWARMUP_DEVICE void storeVector(bf16* at, const float (&v)[8]) {
  *reinterpret_cast<uint4*>(at) =
      make_uint4(bf16Pair(v[0], v[1]), bf16Pair(v[2], v[3]), bf16Pair(v[4], v[5]), bf16Pair(v[6], v[7]));
}

// One element, so that code with a width as parameter needs no second version.
template <typename T>
ZOWARMUP_DEVICE void loadVector(const T* at, float (&out)[1]) {
  out[0] = load(at);
}
template <typename T>
ZOWARMUP_DEVICE void storeVector(T* at, const float (&v)[1]) {
  store(at, v[0]);
}

#if ZOWARMUP_BF16
typedef bf16 act_t;
#else
typedef float act_t;
#endif

// The value that a store of the compute type keeps.
ZOWARMUP_DEVICE float rounded(float v) {
#if ZOWARMUP_BF16
  return __uint_as_float(bf16Bits(v) << 16);
#else
  return v;
#endif
}

constexpr int VECTOR = 16 / static_cast<int>(sizeof(act_t));  // elements of 16 bytes

// Asks for a line that is read later, while there is something else to wait for.
ZOWARMUP_DEVICE void prefetch(const void* at) {
#if defined(__CUDA_ARCH__)
  asm volatile("prefetch.global.L2 [%0];" ::"l"(at));
#else
  (void)at;
#endif
}

// Null counts as aligned.
ZOWARMUP_DEVICE bool aligned16(const void* at) { return (reinterpret_cast<unsigned long long>(at) & 15u) == 0; }

// max(v, 0) that lets a NaN through: it must reach the loss.
ZOWARMUP_DEVICE float relu(float v) { return v < 0.0f ? 0.0f : v; }

ZOWARMUP_DEVICE long long firstItem() {
  return static_cast<long long>(blockIdx.x) * static_cast<long long>(blockDim.x) + threadIdx.x;
}
ZOWARMUP_DEVICE long long itemStride() {
  return static_cast<long long>(gridDim.x) * static_cast<long long>(blockDim.x);
}

// Calls body.run<W>(first) for every W elements from `first`, W = `width` as long as whole vectors are there and
// `vectors` says that all pointers allow it, then 1.
template <int WIDTH, typename Body>
ZOWARMUP_DEVICE void forEachElement(long long n, bool vectors, const Body& body) {
  const long long whole = vectors ? n / WIDTH : 0;
  for (long long i = firstItem(); i < whole; i += itemStride()) {
    body.template run<WIDTH>(i * WIDTH);
  }
  for (long long i = whole * WIDTH + firstItem(); i < n; i += itemStride()) {
    body.template run<1>(i);
  }
}

ZOWARMUP_DEVICE int laneIndex() { return static_cast<int>(threadIdx.x) % WARP_LANES; }

// Warps that share out rows: the first one of this warp, and how many run at once.
ZOWARMUP_DEVICE long long firstRow() { return firstItem() / WARP_LANES; }
ZOWARMUP_DEVICE long long rowStride() { return itemStride() / WARP_LANES; }

}  // namespace zowarmup

#endif  // ZOWARMUP_COMPUTE_H
