// The signs of a Rademacher direction as a warp makes them: one Philox call for each of eight neighbouring blocks of
// 128.
#ifndef ZOWARMUP_SIGNS_H
#define ZOWARMUP_SIGNS_H

#include "compute.h"
#include "philox.h"

namespace zowarmup {

constexpr int TILE_BLOCKS = 8;

// Thread t of the warp: word (t / 8) of block firstBlock + t % 8. The word w of block b is thread 8 w + b's.
ZOWARMUP_DEVICE unsigned int signWordOfLane(unsigned long long seed, long long firstBlock) {
  const int lane = laneIndex();
  const PhiloxWords words = rademacherBlock(seed, static_cast<unsigned long long>(firstBlock + lane % TILE_BLOCKS));
  const unsigned int low = (lane & 8) != 0 ? words.w[1] : words.w[0];
  const unsigned int high = (lane & 8) != 0 ? words.w[3] : words.w[2];
  return (lane & 16) != 0 ? high : low;
}

// +value where bit `bit` of the word is set, -value where it is clear.
ZOWARMUP_DEVICE float withSign(unsigned int word, int bit, float value) {
  return __uint_as_float(__float_as_uint(value) ^ (~(word << (31 - bit)) & 0x80000000u));
}

}  // namespace zowarmup

#endif  // ZOWARMUP_SIGNS_H
