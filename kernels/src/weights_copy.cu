// Between the flat fp32 buffer and a compute copy of it, stored as the segments say. Padding is not written.
#include "segment.h"

namespace zowarmup {

// Calls body(segment, first, count) for the four elements from `first` on of which `count` are parameters.
template <typename Body>
ZOWARMUP_DEVICE void forEachFour(const Segment* segments, const int* blockSegment, long long blocks, const Body& body) {
  for (long long item = firstItem(); item * 4 < blocks * BLOCK_ELEMENTS; item += itemStride()) {
    const long long first = item * 4;
    const Segment& segment = segments[blockSegment[first / BLOCK_ELEMENTS]];
    const long long count = elementsFrom(segment, first);
    if (count > 0) {
      body(segment, first, count < 4 ? static_cast<int>(count) : 4);
    }
  }
}

struct ToCopy {
  const float* w;
  unsigned char* copy;
  ZOWARMUP_MEMBER void operator()(const Segment& segment, long long first, int count) const {
    const long long within = first - segment.offset;
    if (count == 4 && (segment.kind & SEGMENT_PADDED) == 0) {
      float v[4];
      loadVector(w + first, v);
      storeFour(copy, segment, within, v);
      return;
    }
    for (int i = 0; i < count; i++) {
      storeElement(copy, segment, within + i, w[first + i]);
    }
  }
};

struct FromCopy {
  const unsigned char* copy;
  float* w;
  ZOWARMUP_MEMBER void operator()(const Segment& segment, long long first, int count) const {
    for (int i = 0; i < count; i++) {
      w[first + i] = loadElement(copy, segment, first - segment.offset + i);
    }
  }
};

}  // namespace zowarmup

using namespace zowarmup;

// Grid: blocks / 8, loops
extern "C" __global__ void __launch_bounds__(256)
    copyWeights(const float* w, unsigned char* copy, const Segment* segments, const int* blockSegment,
                long long blocks) {
  forEachFour(segments, blockSegment, blocks, ToCopy{w, copy});
}

// Grid: blocks / 8, loops
extern "C" __global__ void __launch_bounds__(256)
    gatherWeights(const unsigned char* copy, float* w, const Segment* segments, const int* blockSegment,
                  long long blocks) {
  forEachFour(segments, blockSegment, blocks, FromCopy{copy, w});
}
