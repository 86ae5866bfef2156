// Pooling over square or rectangular windows without padding, x [B, H, W, C], y [B, OH, OW, C]. The maximum is the
// first one of a window; a NaN counts as largest. The gradients gather over the windows that hold a pixel, in the order
// of the windows, so that overlapping windows need no atomics. A thread makes one element.
#include "compute.h"

namespace zowarmup {

struct Pool {
  int batch, height, width, channels, outHeight, outWidth, windowHeight, windowWidth, stride;

  ZOWARMUP_MEMBER long long inElements() const { return static_cast<long long>(batch) * height * width * channels; }
  ZOWARMUP_MEMBER long long outElements() const {
    return static_cast<long long>(batch) * outHeight * outWidth * channels;
  }
  ZOWARMUP_MEMBER long long inAt(long long n, int y, int x, int c) const {
    return ((n * height + y) * width + x) * channels + c;
  }
  ZOWARMUP_MEMBER long long outAt(long long n, int y, int x, int c) const {
    return ((n * outHeight + y) * outWidth + x) * channels + c;
  }
  // First and one after the last window that holds this row or column.
  ZOWARMUP_MEMBER int firstWindow(int at, int window) const { return at < window ? 0 : (at - window) / stride + 1; }
  ZOWARMUP_MEMBER int lastWindow(int at, int windows) const {
    return at / stride + 1 < windows ? at / stride + 1 : windows;
  }
};

struct Place {
  long long n;
  int y, x, c;
};

ZOWARMUP_DEVICE Place placeOf(long long item, int height, int width, int channels) {
  Place p;
  p.c = static_cast<int>(item % channels);
  item /= channels;
  p.x = static_cast<int>(item % width);
  item /= width;
  p.y = static_cast<int>(item % height);
  p.n = item / height;
  return p;
}

// Position of the first maximum of window (oy, ox).
ZOWARMUP_DEVICE long long largestOf(const Pool& pool, const act_t* x, long long n, int oy, int ox, int c) {
  long long best = pool.inAt(n, oy * pool.stride, ox * pool.stride, c);
  float largest = load(x + best);
  for (int wy = 0; wy < pool.windowHeight; wy++) {
    for (int wx = 0; wx < pool.windowWidth; wx++) {
      const long long at = pool.inAt(n, oy * pool.stride + wy, ox * pool.stride + wx, c);
      const float v = load(x + at);
      if (v > largest || v != v) {
        best = at;
        largest = v;
      }
    }
  }
  return best;
}

}  // namespace zowarmup

using namespace zowarmup;

// Grid: batch * outHeight * outWidth * channels / 256, loops
extern "C" __global__ void __launch_bounds__(256)
    maxPoolForward(const act_t* x, act_t* y, int batch, int height, int width, int channels, int outHeight,
                   int outWidth, int windowHeight, int windowWidth, int stride) {
  const Pool pool = {batch, height, width, channels, outHeight, outWidth, windowHeight, windowWidth, stride};
  for (long long item = firstItem(); item < pool.outElements(); item += itemStride()) {
    const Place p = placeOf(item, outHeight, outWidth, channels);
    y[item] = x[largestOf(pool, x, p.n, p.y, p.x, p.c)];
  }
}

// Grid: batch * outHeight * outWidth * channels / 256, loops
extern "C" __global__ void __launch_bounds__(256)
    averagePoolForward(const act_t* x, act_t* y, int batch, int height, int width, int channels, int outHeight,
                       int outWidth, int windowHeight, int windowWidth, int stride) {
  const Pool pool = {batch, height, width, channels, outHeight, outWidth, windowHeight, windowWidth, stride};
  const float size = static_cast<float>(windowHeight * windowWidth);
  for (long long item = firstItem(); item < pool.outElements(); item += itemStride()) {
    const Place p = placeOf(item, outHeight, outWidth, channels);
    float sum = 0.0f;
    for (int wy = 0; wy < windowHeight; wy++) {
      for (int wx = 0; wx < windowWidth; wx++) {
        sum += load(x + pool.inAt(p.n, p.y * stride + wy, p.x * stride + wx, p.c));
      }
    }
    store(y + item, sum / size);
  }
}

// Grid: batch * height * width * channels / 256, loops
extern "C" __global__ void __launch_bounds__(256)
    maxPoolBackward(const act_t* x, const act_t* dy, act_t* dx, int batch, int height, int width, int channels,
                    int outHeight, int outWidth, int windowHeight, int windowWidth, int stride) {
  const Pool pool = {batch, height, width, channels, outHeight, outWidth, windowHeight, windowWidth, stride};
  for (long long item = firstItem(); item < pool.inElements(); item += itemStride()) {
    const Place p = placeOf(item, height, width, channels);
    float sum = 0.0f;
    for (int oy = pool.firstWindow(p.y, windowHeight); oy < pool.lastWindow(p.y, outHeight); oy++) {
      for (int ox = pool.firstWindow(p.x, windowWidth); ox < pool.lastWindow(p.x, outWidth); ox++) {
        if (largestOf(pool, x, p.n, oy, ox, p.c) == item) {
          sum += load(dy + pool.outAt(p.n, oy, ox, p.c));
        }
      }
    }
    store(dx + item, sum);
  }
}

// Grid: batch * height * width * channels / 256, loops
extern "C" __global__ void __launch_bounds__(256)
    averagePoolBackward(const act_t* dy, act_t* dx, int batch, int height, int width, int channels, int outHeight,
                        int outWidth, int windowHeight, int windowWidth, int stride) {
  const Pool pool = {batch, height, width, channels, outHeight, outWidth, windowHeight, windowWidth, stride};
  const float size = static_cast<float>(windowHeight * windowWidth);
  for (long long item = firstItem(); item < pool.inElements(); item += itemStride()) {
    const Place p = placeOf(item, height, width, channels);
    float sum = 0.0f;
    for (int oy = pool.firstWindow(p.y, windowHeight); oy < pool.lastWindow(p.y, outHeight); oy++) {
      for (int ox = pool.firstWindow(p.x, windowWidth); ox < pool.lastWindow(p.x, outWidth); ox++) {
        sum += load(dy + pool.outAt(p.n, oy, ox, p.c)) / size;
      }
    }
    store(dx + item, sum);
  }
}
