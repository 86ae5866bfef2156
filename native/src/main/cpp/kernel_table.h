// The single-threaded kernels of one instruction set. The same sources (isa/*.inc) are compiled once for each.
#ifndef ZOWARMUP_KERNEL_TABLE_H
#define ZOWARMUP_KERNEL_TABLE_H

#include <cstdint>

#include "segments.h"

namespace zowarmup {

struct GroupNormShape {
  int64_t pixels;    // H * W
  int64_t channels;  // C
  int64_t groups;    // a divisor of C
  int64_t columns;   // see group_norm.h

  int64_t channelsPerGroup() const { return channels / groups; }
  int64_t slab() const { return pixels * channels; }  // elements of a sample
};

// One sample of group normalisation, forward. Pointers are to the sample's own data.
struct GroupNormForward {
  const float* x;         // [pixels, C]
  const float* residual;  // [pixels, C] or null
  const float* gain;      // [C]
  const float* bias;      // [C]
  float* y;               // [pixels, C], may be x
  float* mean;            // [groups] or null
  float* rstd;            // [groups] or null: 1 / sqrt(biased variance + eps)
  double eps;
  bool relu;
  double* scratch;  // GroupNormScratch::doubles(shape)
};

// One sample of group normalisation, backward.
struct GroupNormBackward {
  const float* x;
  const float* y;   // [pixels, C] or null: the gradient passes where y > 0
  const float* dy;  // [pixels, C]
  const float* gain;
  const float* mean;
  const float* rstd;
  float* dx;           // [pixels, C], may be dy
  float* dresidual;    // [pixels, C] or null, may be dy: the masked dy
  double* gainBiasOf;  // [2, C]: this sample's terms of dgain and dbias
  double* scratch;
};

struct PoolShape {
  int64_t height, width, channels;  // of the input
  int64_t outHeight, outWidth;
  int64_t windowHeight, windowWidth;
  int64_t stride;

  int64_t inElements() const { return height * width * channels; }
  int64_t outElements() const { return outHeight * outWidth * channels; }
};

// Columns of the products in Winograd's convolution that lie together; divides both numbers of channels.
constexpr int WINOGRAD_PANEL = 32;

// Inputs whose filters are turned over together.
constexpr int WINOGRAD_SQUARE = 16;

// Between the rows of working memory, lest they fall on the same lines of a cache.
constexpr int64_t WINOGRAD_PADDING = 16;

struct WinogradTile {
  int64_t sample, row, column;
};

// A 3x3 convolution of stride 1 from `in` to `out` channels; tiles of size x size outputs.
struct WinogradShape {
  int64_t n, height, width;  // of the input
  int64_t in, out;
  int padding;
  int size;
  int64_t outHeight, outWidth;
  int64_t tileRows, tileColumns;

  // Elements from one point's filters to the next's: not a power of two, or all points would share a set of the caches.
  int64_t pointStride() const { return in * out + 3 * WINOGRAD_PADDING; }

  WinogradTile tile(int64_t index) const {
    const int64_t perSample = tileRows * tileColumns;
    return WinogradTile{index / perSample, index % perSample / tileColumns, index % tileColumns};
  }
};

struct SgdStep {
  float lr;
  float momentum;
  float weightDecay;
};

// Parts in which a linear layer's element is summed; divides its inputs.
constexpr int LINEAR_COLUMNS = 16;

// y [rows, out] of x [rows, in] and W [out, in].
struct LinearShape {
  int64_t rows, in, out;
};

struct Kernels {
  void (*fill)(float* out, int64_t from, int64_t n, uint64_t seed, int distribution);
  void (*perturbPair)(const float* w, float* plus, float* minus, const Segments& segments, int64_t firstBlock,
                      int64_t lastBlock, uint64_t seed, float eps, int distribution, bool streaming);
  void (*accumulateSeeds)(float* y, float beta, const Segments& segments, int64_t firstBlock, int64_t lastBlock,
                          const int64_t* seeds, const float* coefficients, int64_t terms, int distribution);
  void (*weightedSum)(float* out, const float* const* xs, const double* coefficients, int64_t count, int64_t first,
                      int64_t last);
  void (*sgd)(float* w, const float* grad, float* momentumBuffer, int64_t n, const SgdStep& step);
  void (*relu)(const float* x, float* y, int64_t n);
  void (*addRelu)(const float* a, const float* b, float* y, int64_t n, bool relu);
  void (*reluBackward)(const float* y, const float* dy, float* dx, int64_t n);
  void (*gelu)(const float* x, float* y, int64_t n);
  void (*geluBackward)(const float* x, const float* dy, float* dx, int64_t n);
  void (*linearForward)(const LinearShape& shape, const float* x, const float* w, const float* bias, float* y,
                        int64_t first, int64_t last, int64_t piece, float* sums);
  void (*linearBackwardSgd)(const LinearShape& shape, const float* x, const float* dy, float* w, float* dx,
                            const SgdStep& step, int64_t first, int64_t last, int64_t piece, float* workspace);
  void (*sumRows)(const float* x, int64_t rows, int64_t columns, float* out, int64_t first, int64_t last);
  bool (*hasNonFinite)(const float* x, int64_t n);
  void (*maxPool)(const PoolShape& shape, const float* x, float* y);
  void (*maxPoolBackward)(const PoolShape& shape, const float* x, const float* dy, float* dx);
  void (*averagePool)(const PoolShape& shape, const float* x, float* y);
  void (*averagePoolBackward)(const PoolShape& shape, const float* dy, float* dx);
  void (*groupNormForward)(const GroupNormShape& shape, const GroupNormForward& sample);
  void (*groupNormBackward)(const GroupNormShape& shape, const GroupNormBackward& sample);
  void (*winogradFilter)(const WinogradShape& shape, const float* w, float* u, bool backward, int64_t firstPanel,
                         int64_t lastPanel);
  void (*winograd)(const WinogradShape& shape, const float* x, const float* u, const float* bias, float* y,
                   int64_t first, int64_t last, int64_t block, float* workspace);
  void (*winogradGradientTiles)(const WinogradShape& shape, const float* x, const float* dy, const float* noPixel,
                                int64_t begin, int64_t first, int64_t count, int64_t block, float* v, float* m);
  void (*winogradGradientPoints)(const WinogradShape& shape, const float* v, const float* m, int64_t count,
                                 int64_t block, bool add, float* du, int64_t firstPoint, int64_t lastPoint);
  void (*winogradGradientFilters)(const WinogradShape& shape, const float* du, float* dw, int64_t firstPanel,
                                  int64_t lastPanel);
};

}  // namespace zowarmup

#endif  // ZOWARMUP_KERNEL_TABLE_H
