// A batch of images from the resident bytes: gathered, cropped and mirrored where asked, normalised through the table.
// pixels [count, H, W, C] uint8; table [C, 256] fp32; out [B, H, W, paddedChannels], zero in the padding channels and
// in masked rows; batchLabels [B], -1 in masked rows.
#include "augment.h"
#include "job.h"

using namespace zowarmup;

// A thread makes a pixel.
// Grid: batch * height * width / 256, loops
extern "C" __global__ void __launch_bounds__(256)
    gatherImages(const unsigned char* pixels, const int* labels, const SampleRow* rows, const int* cursor,
                 const float* table, act_t* out, int* batchLabels, int batch, int height, int width, int channels,
                 int paddedChannels, int augments) {
  const long long perImage = static_cast<long long>(height) * width;
  const SampleRow* const mine = rows + firstRowOfPass(cursor, batch);
  for (long long item = firstItem(); item < batch * perImage; item += itemStride()) {
    const long long n = item / perImage;
    const int pixel = static_cast<int>(item - n * perImage);
    const SampleRow row = mine[n];
    if (pixel == 0) {
      batchLabels[n] = row.image < 0 ? -1 : labels[row.image];
    }
    int y = pixel / width;
    int x = pixel - y * width;
    if (augments != 0) {
      const AugmentWindow window = augmentWindow(row.augmentKey, row.position);
      y += window.dy;
      x = augmentColumn(window, x, width);
    }
    const bool inside = y >= 0 && y < height && x >= 0 && x < width;
    const long long source = row.image * perImage + static_cast<long long>(y) * width + x;
    for (int c = 0; c < paddedChannels; c++) {
      float value = 0.0f;
      if (row.image >= 0 && c < channels) {
        value = table[c * 256 + (inside ? pixels[source * channels + c] : 0)];
      }
      store(out + item * paddedChannels + c, value);
    }
  }
}
