// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
// 1, 2, 3" (SC 2011), and the Rademacher directions drawn from it. One source for the host (C++17) and the device
// (nvcc, NVRTC); no headers, because NVRTC before 13.3 has none. The Java twin is org.zowarmup.random.Philox; all are
// tested against kernels/known-answers/philox4x32-10.txt.
#ifndef ZOWARMUP_PHILOX_H
#define ZOWARMUP_PHILOX_H

#ifndef ZOWARMUP_HD
#ifdef __CUDACC__
#define ZOWARMUP_HD static __forceinline__ __host__ __device__
#else
#define ZOWARMUP_HD static inline __attribute__((always_inline))
#endif
#endif

namespace zowarmup {

// The third counter word, so that one key never serves two uses with the same numbers. Part of the semantics: never
// renumber (org.zowarmup.random.RandomStream holds the same list).
constexpr unsigned int STREAM_RADEMACHER = 0;
constexpr unsigned int STREAM_GAUSSIAN = 1;
constexpr unsigned int STREAM_DRAWS = 2;
constexpr unsigned int STREAM_AUGMENT = 3;

constexpr int SIGNS_PER_BLOCK = 128;  // one Philox call is 4 words of 32 signs
constexpr int SIGN_BLOCK_SHIFT = 7;

constexpr unsigned int PHILOX_MULTIPLIER_0 = 0xD2511F53u;
constexpr unsigned int PHILOX_MULTIPLIER_1 = 0xCD9E8D57u;
constexpr unsigned int PHILOX_WEYL_0 = 0x9E3779B9u;
constexpr unsigned int PHILOX_WEYL_1 = 0xBB67AE85u;
constexpr int PHILOX_ROUNDS = 10;

struct PhiloxWords {
  unsigned int w[4];
};

// One block of 128 random bits; the low half of `key` is key word 0.
ZOWARMUP_HD PhiloxWords philox4x32(unsigned long long key, unsigned int c0, unsigned int c1, unsigned int c2,
                                   unsigned int c3) {
  unsigned int k0 = static_cast<unsigned int>(key);
  unsigned int k1 = static_cast<unsigned int>(key >> 32);
  for (int round = 0; round < PHILOX_ROUNDS; round++) {
    const unsigned long long p0 = static_cast<unsigned long long>(PHILOX_MULTIPLIER_0) * c0;
    const unsigned long long p1 = static_cast<unsigned long long>(PHILOX_MULTIPLIER_1) * c2;
    c0 = static_cast<unsigned int>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<unsigned int>(p1);
    c2 = static_cast<unsigned int>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<unsigned int>(p0);
    k0 += PHILOX_WEYL_0;
    k1 += PHILOX_WEYL_1;
  }
  return PhiloxWords{{c0, c1, c2, c3}};
}

// Block number `block` of one stream of `seed`.
ZOWARMUP_HD PhiloxWords streamBlock(unsigned long long seed, unsigned long long block, unsigned int stream) {
  return philox4x32(seed, static_cast<unsigned int>(block), static_cast<unsigned int>(block >> 32), stream, 0u);
}

// The 128 signs of elements 128 * block to 128 * block + 127: word (i >> 5) & 3, bit i & 31; a set bit is +1.
ZOWARMUP_HD PhiloxWords rademacherBlock(unsigned long long seed, unsigned long long block) {
  return streamBlock(seed, block, STREAM_RADEMACHER);
}

// +value where the bit of element i (within its block: i mod 128) is set, -value where it is clear.
ZOWARMUP_HD float signedBy(const PhiloxWords& signs, unsigned int i, float value) {
  return ((signs.w[(i >> 5) & 3u] >> (i & 31u)) & 1u) != 0u ? value : -value;
}

}  // namespace zowarmup

#endif  // ZOWARMUP_PHILOX_H
