// A batch of normalised images from a resident data set of bytes.
#ifndef ZOWARMUP_GATHER_H
#define ZOWARMUP_GATHER_H

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "augment.h"
#include "parallel.h"

namespace zowarmup {

constexpr int TABLE_ROW = 256;  // a value per byte

// One image; CHANNELS known at compile time keeps the channel out of the inner loop (0: any).
template <int CHANNELS>
inline void normalizeImage(const uint8_t* pixels, int64_t elements, int64_t channels, const float* table, float* out) {
  const int64_t step = CHANNELS > 0 ? CHANNELS : channels;
  for (int64_t e = 0; e < elements; e += step) {
    for (int64_t c = 0; c < step; c++) {
      out[e + c] = table[c * TABLE_ROW + pixels[e + c]];
    }
  }
}

inline void gatherNormalize(const uint8_t* pixels, const int32_t* indices, int64_t count, int64_t batch,
                            int64_t elements, int64_t channels, const float* table, float* out, int threads) {
  if (channels < 1 || elements % channels != 0) {
    throw std::invalid_argument("gatherNormalize: expected channels that divide the elements of an image, found " +
                                std::to_string(channels) + " channels and " + std::to_string(elements) + " elements");
  }
  const int64_t grain = std::max<int64_t>(1, ELEMENTWISE_GRAIN / std::max<int64_t>(1, elements));
  parallelFor(batch, threads, grain, [&](int64_t first, int64_t last, int) {
    for (int64_t row = first; row < last; row++) {
      float* const image = out + row * elements;
      if (row >= count) {
        std::fill(image, image + elements, 0.0f);
        continue;
      }
      const uint8_t* const source = pixels + static_cast<int64_t>(indices[row]) * elements;
      switch (channels) {
        case 1:
          normalizeImage<1>(source, elements, channels, table, image);
          break;
        case 3:
          normalizeImage<3>(source, elements, channels, table, image);
          break;
        default:
          normalizeImage<0>(source, elements, channels, table, image);
      }
    }
  });
}

inline void gatherAugmented(const uint8_t* pixels, const int32_t* indices, int64_t count, int64_t batch, int height,
                            int width, int channels, const float* table, uint64_t key, int64_t position, float* out,
                            int threads) {
  const int64_t elements = static_cast<int64_t>(height) * width * channels;
  const int64_t grain = std::max<int64_t>(1, ELEMENTWISE_GRAIN / std::max<int64_t>(1, elements));
  parallelFor(batch, threads, grain, [&](int64_t first, int64_t last, int) {
    for (int64_t row = first; row < last; row++) {
      float* const image = out + row * elements;
      if (row >= count) {
        std::fill(image, image + elements, 0.0f);
        continue;
      }
      const uint8_t* const source = pixels + static_cast<int64_t>(indices[row]) * elements;
      const AugmentWindow window = augmentWindow(key, static_cast<uint64_t>(position + row));
      for (int y = 0; y < height; y++) {
        const int sourceRow = y + window.dy;
        const bool rowInside = sourceRow >= 0 && sourceRow < height;
        float* const to = image + static_cast<int64_t>(y) * width * channels;
        for (int x = 0; x < width; x++) {
          const int column = augmentColumn(window, x, width);
          const bool inside = rowInside && column >= 0 && column < width;
          const uint8_t* const pixel =
              inside ? source + (static_cast<int64_t>(sourceRow) * width + column) * channels : nullptr;
          for (int c = 0; c < channels; c++) {
            to[static_cast<int64_t>(x) * channels + c] = table[c * TABLE_ROW + (inside ? pixel[c] : 0)];
          }
        }
      }
    }
  });
}

}  // namespace zowarmup

#endif  // ZOWARMUP_GATHER_H
