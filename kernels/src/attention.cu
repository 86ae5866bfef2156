// What attention needs around its matrix products. Moves between a token's channels and attention heads, so that the
// products are batched over B H with one stride: qkv [B, T, 3, H, D] <-> q, k, v [B, H, T, D]; [B, H, T, D] <->
// [B, T, H, D]; a thread moves one element. Softmax over the rows of scores [rows, columns]: the scores come from a
// product in fp32, the probabilities are in the compute type; a warp takes a row.
#include "reduce.h"

namespace zowarmup {

struct Heads {
  long long batch;
  int tokens, heads, headSize;
  ZOWARMUP_MEMBER long long elements() const { return batch * tokens * heads * headSize; }
};

// What is done for element `item` of [B, H, T, D]: body(item, position in [B, T, H, D], position of q in [B, T, 3, H,
// D]).
template <typename Body>
ZOWARMUP_DEVICE void forEachOfHeads(const Heads& s, const Body& body) {
  for (long long item = firstItem(); item < s.elements(); item += itemStride()) {
    const int d = static_cast<int>(item % s.headSize);
    const long long head = item / s.headSize / s.tokens;
    const int t = static_cast<int>(item / s.headSize % s.tokens);
    const long long n = head / s.heads;
    const int h = static_cast<int>(head % s.heads);
    const long long token = n * s.tokens + t;
    const long long channel = static_cast<long long>(h) * s.headSize + d;
    const long long width = static_cast<long long>(s.heads) * s.headSize;
    body(item, token * width + channel, token * 3 * width + channel, width);
  }
}

struct SplitQkv {
  const act_t* qkv;
  act_t* q;
  act_t* k;
  act_t* v;
  ZOWARMUP_MEMBER void operator()(long long item, long long, long long packed, long long width) const {
    q[item] = qkv[packed];
    k[item] = qkv[packed + width];
    v[item] = qkv[packed + 2 * width];
  }
};

struct JoinQkv {
  const act_t* q;
  const act_t* k;
  const act_t* v;
  act_t* qkv;
  ZOWARMUP_MEMBER void operator()(long long item, long long, long long packed, long long width) const {
    qkv[packed] = q[item];
    qkv[packed + width] = k[item];
    qkv[packed + 2 * width] = v[item];
  }
};

struct Merge {
  const act_t* x;
  act_t* y;
  ZOWARMUP_MEMBER void operator()(long long item, long long merged, long long, long long) const { y[merged] = x[item]; }
};

struct Unmerge {
  const act_t* y;
  act_t* x;
  ZOWARMUP_MEMBER void operator()(long long item, long long merged, long long, long long) const { x[item] = y[merged]; }
};

}  // namespace zowarmup

using namespace zowarmup;

// Grid: 3 * batch * tokens * heads * headSize / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    splitHeads(const act_t* qkv, act_t* q, act_t* k, act_t* v, int batch, int tokens, int heads, int headSize) {
  forEachOfHeads(Heads{batch, tokens, heads, headSize}, SplitQkv{qkv, q, k, v});
}

// Grid: 3 * batch * tokens * heads * headSize / 2048, loops
extern "C" __global__ void __launch_bounds__(256) joinQkv(const act_t* q, const act_t* k, const act_t* v, act_t* qkv,
                                                          int batch, int tokens, int heads, int headSize) {
  forEachOfHeads(Heads{batch, tokens, heads, headSize}, JoinQkv{q, k, v, qkv});
}

// Grid: batch * tokens * heads * headSize / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    mergeHeads(const act_t* x, act_t* y, int batch, int tokens, int heads, int headSize) {
  forEachOfHeads(Heads{batch, tokens, heads, headSize}, Merge{x, y});
}

// Grid: batch * tokens * heads * headSize / 2048, loops
extern "C" __global__ void __launch_bounds__(256)
    unmergeHeads(const act_t* y, act_t* x, int batch, int tokens, int heads, int headSize) {
  forEachOfHeads(Heads{batch, tokens, heads, headSize}, Unmerge{y, x});
}

// y = softmax(scale x); y may be x where both are fp32.
// Grid: rows / 8, loops
extern "C" __global__ void __launch_bounds__(256)
    softmaxForward(const float* x, act_t* y, long long rows, int columns, float scale) {
  for (long long row = firstRow(); row < rows; row += rowStride()) {
    const float* const in = x + row * columns;
    float maximum = scale * in[0];
    for (int c = laneIndex(); c < columns; c += WARP_LANES) {
      const float v = scale * in[c];
      maximum = v > maximum || v != v ? v : maximum;
    }
    maximum = warpMaximum(maximum);
    float sum = 0.0f;
    for (int c = laneIndex(); c < columns; c += WARP_LANES) {
      sum += expf(scale * in[c] - maximum);
    }
    const float factor = 1.0f / warpSum(sum);
    for (int c = laneIndex(); c < columns; c += WARP_LANES) {
      store(y + row * columns + c, expf(scale * in[c] - maximum) * factor);
    }
  }
}

// dx = scale y (dy - sum(dy y)); dx may be dy where both are fp32.
// Grid: rows / 8, loops
extern "C" __global__ void __launch_bounds__(256)
    softmaxBackward(const act_t* y, const float* dy, act_t* dx, long long rows, int columns, float scale) {
  for (long long row = firstRow(); row < rows; row += rowStride()) {
    const long long origin = row * columns;
    float sum = 0.0f;
    for (int c = laneIndex(); c < columns; c += WARP_LANES) {
      sum += dy[origin + c] * load(y + origin + c);
    }
    sum = warpSum(sum);
    for (int c = laneIndex(); c < columns; c += WARP_LANES) {
      store(dx + origin + c, scale * load(y + origin + c) * (dy[origin + c] - sum));
    }
  }
}
