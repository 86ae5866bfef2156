// 3x3 convolutions of stride 1 by Winograd's minimal filtering: F(2x2) takes 2.25 times fewer products
// than the direct sum, F(4x4) four times fewer. What oneDNN dropped for x86-64.
#ifndef ZOWARMUP_CONV_WINOGRAD_H
#define ZOWARMUP_CONV_WINOGRAD_H

#include <stdexcept>
#include <string>

#include "instances.h"
#include "memory.h"
#include "parallel.h"

namespace zowarmup {

// Working memory that a block of tiles should take: half of a usual L2, beside the filters.
constexpr int64_t WINOGRAD_BLOCK_BYTES = int64_t{640} << 10;

// Fewer tiles do not pay for reading the filters.
constexpr int64_t WINOGRAD_LEAST_TILES = 48;

inline WinogradShape winogradShape(int64_t n, int64_t height, int64_t width, int64_t in, int64_t out, int padding,
                                   int size) {
  const int64_t outHeight = height + 2 * padding - 2;
  const int64_t outWidth = width + 2 * padding - 2;
  if ((size != 2 && size != 4) || padding < 0 || padding > 2 || n < 1 || height < 1 || width < 1 || outHeight < 1 ||
      outWidth < 1 || in < 1 || out < 1 || in % WINOGRAD_PANEL != 0 || out % WINOGRAD_PANEL != 0) {
    throw std::invalid_argument(
        "winograd: expected a size of 2 or 4, a padding of 0 to 2, at least one image and output pixel and channels "
        "that " +
        std::to_string(WINOGRAD_PANEL) + " divides, found size " + std::to_string(size) + ", padding " +
        std::to_string(padding) + ", " + std::to_string(n) + " images of " + std::to_string(height) + "x" +
        std::to_string(width) + ", channels " + std::to_string(in) + " to " + std::to_string(out));
  }
  const int64_t tileRows = (outHeight + size - 1) / size;
  const int64_t tileColumns = (outWidth + size - 1) / size;
  return WinogradShape{n, height, width, in, out, padding, size, outHeight, outWidth, tileRows, tileColumns};
}

inline int64_t winogradPoints(int size) { return int64_t{size + 2} * (size + 2); }

inline int64_t winogradFilterElements(int64_t in, int64_t out, int size) {
  return winogradPoints(size) * winogradShape(1, size, size, in, out, 1, size).pointStride();
}

inline void winogradFilter(const float* w, float* u, int64_t in, int64_t out, int size, bool backward, int threads) {
  const WinogradShape shape = winogradShape(1, size, size, in, out, 1, size);
  const Kernels& table = kernels();
  parallelFor(out / WINOGRAD_PANEL, threads, 1,
              [&](int64_t first, int64_t last, int) { table.winogradFilter(shape, w, u, backward, first, last); });
}

inline void winogradConvolution(const float* x, const float* u, const float* bias, float* y, int64_t n, int64_t height,
                                int64_t width, int64_t in, int64_t out, int padding, int size, int threads) {
  const WinogradShape shape = winogradShape(n, height, width, in, out, padding, size);
  const int64_t tiles = n * shape.tileRows * shape.tileColumns;
  const int64_t perTile = winogradPoints(size) * (in + out + 2 * WINOGRAD_PADDING);
  const int64_t fitting = WINOGRAD_BLOCK_BYTES / static_cast<int64_t>(sizeof(float)) / perTile;
  const int64_t share = (tiles + threads - 1) / threads;
  const int64_t block = std::min(share, std::max(fitting / 12 * 12, WINOGRAD_LEAST_TILES));
  const int64_t perThread = in + perTile * block;
  float* const workspace = callerFloats(perThread * std::max(1, threads));
  const Kernels& table = kernels();
  parallelFor(tiles, threads, block, [&](int64_t first, int64_t last, int thread) {
    table.winograd(shape, x, u, bias, y, first, last, block, workspace + perThread * thread);
  });
}

inline void winogradGradient(const float* x, const float* dy, float* du, float* dw, int64_t n, int64_t height,
                             int64_t width, int64_t in, int64_t out, int padding, int size, int threads) {
  const WinogradShape shape = winogradShape(n, height, width, in, out, padding, size);
  const int64_t tiles = n * shape.tileRows * shape.tileColumns;
  const int64_t points = winogradPoints(size);
  // Every block reads and writes du once: so many tiles that they are the greater part of the traffic.
  const int64_t block = std::min(tiles, std::max(WINOGRAD_LEAST_TILES, 2 * in * out / (in + out)));
  float* const noPixel = callerFloats(std::max(in, out) + points * block * (in + out + 2 * WINOGRAD_PADDING));
  float* const v = noPixel + std::max(in, out);
  float* const m = v + points * block * (in + WINOGRAD_PADDING);
  std::memset(noPixel, 0, std::max(in, out) * sizeof(float));
  const Kernels& table = kernels();
  for (int64_t begin = 0; begin < tiles; begin += block) {
    const int64_t count = std::min(block, tiles - begin);
    parallelFor(count, threads, 4, [&](int64_t first, int64_t last, int) {
      table.winogradGradientTiles(shape, x, dy, noPixel, begin, begin + first, last - first, block, v, m);
    });
    parallelFor(points, threads, 1, [&](int64_t first, int64_t last, int) {
      table.winogradGradientPoints(shape, v, m, count, block, begin > 0, du, first, last);
    });
  }
  parallelFor(out / WINOGRAD_PANEL, threads, 1,
              [&](int64_t first, int64_t last, int) { table.winogradGradientFilters(shape, du, dw, first, last); });
}

}  // namespace zowarmup

#endif  // ZOWARMUP_CONV_WINOGRAD_H
