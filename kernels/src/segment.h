// The parameter tensors of the flat fp32 buffer, and where a compute copy keeps them. Each tensor starts at a multiple
// of 128 elements, one Philox block, so a block belongs to one tensor; blockSegment[block] says which. The host reads
// from this text where a field lies.
#ifndef ZOWARMUP_SEGMENT_H
#define ZOWARMUP_SEGMENT_H

#include "compute.h"

namespace zowarmup {

constexpr int SEGMENT_BF16 = 1;    // stored as bf16, else fp32
constexpr int SEGMENT_PADDED = 2;  // the last dimension is longer in the copy: `channels` become `paddedChannels`

constexpr int BLOCK_ELEMENTS = 128;

struct Segment {
  long long offset;  // first element in the flat buffer
  long long size;    // elements
  long long target;  // first byte in the compute copy, a multiple of 16
  int kind;
  int channels;
  int paddedChannels;
  int reserved[3];
};

// Elements from `first` on that are parameters; may be negative.
ZOWARMUP_DEVICE long long elementsFrom(const Segment& segment, long long first) {
  return segment.offset + segment.size - first;
}

// Position in the copy of the tensor's element `within`.
ZOWARMUP_DEVICE long long storedIndex(const Segment& segment, long long within) {
  if ((segment.kind & SEGMENT_PADDED) == 0) {
    return within;
  }
  const long long row = within / segment.channels;
  return row * segment.paddedChannels + (within - row * segment.channels);
}

ZOWARMUP_DEVICE void storeElement(unsigned char* copy, const Segment& segment, long long within, float value) {
  const long long at = storedIndex(segment, within);
  if ((segment.kind & SEGMENT_BF16) != 0) {
    store(reinterpret_cast<bf16*>(copy + segment.target) + at, value);
  } else {
    reinterpret_cast<float*>(copy + segment.target)[at] = value;
  }
}

ZOWARMUP_DEVICE float loadElement(const unsigned char* copy, const Segment& segment, long long within) {
  const long long at = storedIndex(segment, within);
  if ((segment.kind & SEGMENT_BF16) != 0) {
    return load(reinterpret_cast<const bf16*>(copy + segment.target) + at);
  }
  return reinterpret_cast<const float*>(copy + segment.target)[at];
}

// Four elements from `within` on, a multiple of 4, of a tensor that is not padded.
ZOWARMUP_DEVICE void storeFour(unsigned char* copy, const Segment& segment, long long within, const float (&v)[4]) {
  if ((segment.kind & SEGMENT_BF16) != 0) {
    unsigned int* const at = reinterpret_cast<unsigned int*>(copy + segment.target + 2 * within);
    at[0] = bf16Pair(v[0], v[1]);
    at[1] = bf16Pair(v[2], v[3]);
  } else {
    storeVector(reinterpret_cast<float*>(copy + segment.target) + within, v);
  }
}

// Eight elements from `within` on, a multiple of 8, of a tensor that is not padded.
ZOWARMUP_DEVICE void storeEight(unsigned char* copy, const Segment& segment, long long within, const float (&v)[8]) {
  if ((segment.kind & SEGMENT_BF16) != 0) {
    storeVector(reinterpret_cast<bf16*>(copy + segment.target) + within, v);
  } else {
    float* const at = reinterpret_cast<float*>(copy + segment.target) + within;
    const float low[4] = {v[0], v[1], v[2], v[3]};
    const float high[4] = {v[4], v[5], v[6], v[7]};
    storeVector(at, low);
    storeVector(at + 4, high);
  }
}

}  // namespace zowarmup

#endif  // ZOWARMUP_SEGMENT_H
