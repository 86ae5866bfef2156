// Crop and flip of one image of a job, from named randomness (org.zowarmup.device.Augmentation is the Java twin and
// says what it means). One source for the host and the device; whole-number geometry, so every device makes the same
// bits.
#ifndef ZOWARMUP_AUGMENT_H
#define ZOWARMUP_AUGMENT_H

#include "philox.h"

namespace zowarmup {

constexpr int AUGMENT_PAD = 4;  // rows and columns of byte 0 on every side
constexpr unsigned int AUGMENT_OFFSETS = 2 * AUGMENT_PAD + 1;

struct AugmentWindow {
  int dx;  // columns to the right of the image, -4 to 4
  int dy;  // rows below the image, -4 to 4
  bool flip;
};

// floor(word * 9 / 2^32) - 4
ZOWARMUP_HD int augmentOffset(unsigned int word) {
  return static_cast<int>((static_cast<unsigned long long>(word) * AUGMENT_OFFSETS) >> 32) - AUGMENT_PAD;
}

// The window of the image at a position of the job, counted from 0 through all its batches.
ZOWARMUP_HD AugmentWindow augmentWindow(unsigned long long key, unsigned long long position) {
  const PhiloxWords words = streamBlock(key, position, STREAM_AUGMENT);
  return AugmentWindow{augmentOffset(words.w[0]), augmentOffset(words.w[1]), (words.w[2] & 1u) != 0u};
}

// Source column of output column x in an image of this width, -4 to width + 3; outside of it is byte 0.
ZOWARMUP_HD int augmentColumn(const AugmentWindow& window, int x, int width) {
  return (window.flip ? width - 1 - x : x) + window.dx;
}

}  // namespace zowarmup

#endif  // ZOWARMUP_AUGMENT_H
