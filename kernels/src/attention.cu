// What attention needs around its matrix products. Moves between a token's channels and attention heads, so that the
// products are batched over B H with one stride: qkv [B, T, 3, H, D] <-> q, k, v [B, H, T, D]; [B, H, T, D] <->
// [B, T, H, D]; a thread moves one element. Softmax over the rows of scores [rows, columns]: the scores come from a
// product in fp32, the probabilities are in the compute type; a warp takes a row. And all of that in one kernel, where
// the keys and values of a head fit into shared memory.
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

constexpr int ATTENTION_QUERIES = 4;  // of a warp at a time
constexpr int ATTENTION_WARPS = 8;

ZOWARMUP_DEVICE int roundUpToFour(int n) { return (n + 3) / 4 * 4; }

// Dot products of ATTENTION_QUERIES rows with one column vector, four elements at a time; n is a multiple of 4, and all
// are aligned to 16 bytes.
ZOWARMUP_DEVICE void dotRows(const float* rows, int stride, const float* other, int n,
                             float (&sums)[ATTENTION_QUERIES]) {
  for (int i = 0; i < n; i += 4) {
    float b[4];
    loadVector(other + i, b);
#pragma unroll
    for (int r = 0; r < ATTENTION_QUERIES; r++) {
      float a[4];
      loadVector(rows + r * stride + i, a);
      sums[r] += a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
    }
  }
}

// A row of scores becomes one of probabilities, by a warp.
ZOWARMUP_DEVICE void softmaxRow(float* row, int n, float scale) {
  float maximum = scale * row[0];
  for (int j = laneIndex(); j < n; j += WARP_LANES) {
    const float v = scale * row[j];
    maximum = v > maximum || v != v ? v : maximum;
  }
  maximum = warpMaximum(maximum);
  float sum = 0.0f;
  for (int j = laneIndex(); j < n; j += WARP_LANES) {
    row[j] = expf(scale * row[j] - maximum);
    sum += row[j];
  }
  const float factor = 1.0f / warpSum(sum);
  for (int j = laneIndex(); j < n; j += WARP_LANES) {
    row[j] *= factor;
  }
  __syncwarp();
}

}  // namespace zowarmup

using namespace zowarmup;

// y = softmax(scale q k^T) v for every sample and head: qkv [B, T, 3, H, D], y [B, T, H, D], probabilities [B, H, T, T]
// or null. Where there is a bias [3, H, D], qkv lacks it. A block takes a head of a sample and keeps its keys, and its
// values transposed, in shared memory, a warp takes four queries at a time. Dynamic shared memory, in floats, with t
// and d the tokens and head size rounded up to 4: T (d + 4) keys, d (t + 4) values, 8 warps of 4 queries of d + t.
// Grid: heads x samples
extern "C" __global__ void __launch_bounds__(256)
    attentionForward(const act_t* qkv, const float* bias, act_t* y, act_t* probabilities, int tokens, int heads,
                     int headSize, float scale) {
  DYNAMIC_SHARED(memory);
  const int d4 = roundUpToFour(headSize);
  const int t4 = roundUpToFour(tokens);
  const int keyStride = d4 + 4;
  const int valueStride = t4 + 4;
  float* const keys = reinterpret_cast<float*>(memory);
  float* const values = keys + tokens * keyStride;
  const int warp = static_cast<int>(threadIdx.x) / WARP_LANES;
  float* const queries = values + d4 * valueStride + warp * ATTENTION_QUERIES * (d4 + t4);
  float* const scores = queries + ATTENTION_QUERIES * d4;
  const long long width = static_cast<long long>(heads) * headSize;
  const long long head = static_cast<long long>(blockIdx.x) * headSize;  // first channel
  const long long token = static_cast<long long>(blockIdx.y) * tokens;   // first of the sample
  const auto part = [&](int which, int t, int d) {
    const long long channel = which * width + head + d;
    const float v = load(qkv + (token + t) * 3 * width + channel);
    return bias == nullptr ? v : rounded(v + bias[channel]);
  };
  for (int i = static_cast<int>(threadIdx.x); i < t4 * d4; i += ATTENTION_WARPS * WARP_LANES) {
    const int t = i / d4;
    const int d = i - t * d4;
    const bool inside = t < tokens && d < headSize;
    if (t < tokens) {
      keys[t * keyStride + d] = inside ? part(1, t, d) : 0.0f;
    }
    values[d * valueStride + t] = inside ? part(2, t, d) : 0.0f;
  }
  __syncthreads();
  for (int first = warp * ATTENTION_QUERIES; first < tokens; first += ATTENTION_WARPS * ATTENTION_QUERIES) {
    for (int i = laneIndex(); i < ATTENTION_QUERIES * d4; i += WARP_LANES) {
      const int t = first + i / d4;
      const int d = i % d4;
      queries[i] = t < tokens && d < headSize ? part(0, t, d) : 0.0f;
    }
    __syncwarp();
    for (int j = laneIndex(); j < t4; j += WARP_LANES) {
      float sums[ATTENTION_QUERIES] = {};
      if (j < tokens) {
        dotRows(queries, d4, keys + j * keyStride, d4, sums);
      }
#pragma unroll
      for (int r = 0; r < ATTENTION_QUERIES; r++) {
        scores[r * t4 + j] = sums[r];
      }
    }
    __syncwarp();
    for (int r = 0; r < ATTENTION_QUERIES; r++) {
      softmaxRow(scores + r * t4, tokens, scale);
    }
    if (probabilities != nullptr) {
      const long long row = (static_cast<long long>(blockIdx.y) * heads + blockIdx.x) * tokens + first;
      for (int i = laneIndex(); i < ATTENTION_QUERIES * t4; i += WARP_LANES) {
        const int r = i / t4;
        const int j = i - r * t4;
        if (first + r < tokens && j < tokens) {
          store(probabilities + (row + r) * tokens + j, scores[i]);
        }
      }
    }
    for (int d = laneIndex(); d < headSize; d += WARP_LANES) {
      float sums[ATTENTION_QUERIES] = {};
      dotRows(scores, t4, values + d * valueStride, t4, sums);
#pragma unroll
      for (int r = 0; r < ATTENTION_QUERIES; r++) {
        if (first + r < tokens) {
          store(y + (token + first + r) * width + head + d, sums[r]);
        }
      }
    }
    __syncwarp();
  }
}

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
