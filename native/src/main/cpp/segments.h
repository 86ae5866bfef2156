// The tensors of a flat parameter buffer. Each starts at a multiple of 128 elements, which is one Philox block of
// signs; the padding between them is zero and never touched.
#ifndef ZOWARMUP_SEGMENTS_H
#define ZOWARMUP_SEGMENTS_H

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "philox.h"

namespace zowarmup {

constexpr int64_t BLOCK = SIGNS_PER_BLOCK;
constexpr int TILE_BLOCKS = 8;  // the blocks that one vectorised Philox call makes

struct Segments {
  const int64_t* offsets;  // [count] multiples of 128, ascending
  const int64_t* sizes;    // [count]
  int64_t count;

  static int64_t blocksOf(int64_t size) { return (size + BLOCK - 1) / BLOCK; }

  int64_t blocks() const {
    int64_t total = 0;
    for (int64_t s = 0; s < count; s++) {
      total += blocksOf(sizes[s]);
    }
    return total;
  }

  // Throws std::invalid_argument, which Java sees as a RuntimeException.
  void check(const char* operation) const {
    int64_t end = 0;
    for (int64_t s = 0; s < count; s++) {
      if (offsets[s] < end || offsets[s] % BLOCK != 0 || sizes[s] < 0) {
        throw std::invalid_argument(std::string(operation) + ": segment " + std::to_string(s) +
                                    ": expected a multiple of " + std::to_string(BLOCK) + " from " +
                                    std::to_string(end) + " on and a size of at least 0, found offset " +
                                    std::to_string(offsets[s]) + " and size " + std::to_string(sizes[s]));
      }
      end = offsets[s] + sizes[s];
    }
  }
};

// Up to 8 blocks of the buffer within 8 consecutive block numbers.
struct Tile {
  int64_t firstBlock;             // place p of the tile is block firstBlock + p
  int count;                      // blocks that hold parameters
  int64_t position[TILE_BLOCKS];  // of a block's first element in the buffer
  int size[TILE_BLOCKS];          // its elements, 1 to 128; the rest is padding
  int place[TILE_BLOCKS];
};

// Walks the blocks first to last - 1, counted over all segments, tile by tile.
class TileWalker {
 public:
  TileWalker(const Segments& segments, int64_t first, int64_t last)
      : segments_(segments), segment_(0), left_(last - first), within_(first) {
    while (segment_ < segments_.count && within_ >= Segments::blocksOf(segments_.sizes[segment_])) {
      within_ -= Segments::blocksOf(segments_.sizes[segment_]);
      segment_++;
    }
  }

  bool next(Tile* tile) {
    tile->count = 0;
    while (left_ > 0 && tile->count < TILE_BLOCKS) {
      const int64_t position = segments_.offsets[segment_] + within_ * BLOCK;
      if (tile->count == 0) {
        tile->firstBlock = position / BLOCK;
      }
      const int64_t place = position / BLOCK - tile->firstBlock;
      if (place >= TILE_BLOCKS) {
        break;
      }
      tile->position[tile->count] = position;
      tile->place[tile->count] = static_cast<int>(place);
      tile->size[tile->count] = static_cast<int>(std::min(BLOCK, segments_.sizes[segment_] - within_ * BLOCK));
      tile->count++;
      step();
    }
    return tile->count > 0;
  }

 private:
  void step() {
    left_--;
    within_++;
    while (segment_ < segments_.count && within_ >= Segments::blocksOf(segments_.sizes[segment_])) {
      within_ = 0;
      segment_++;
    }
  }

  const Segments& segments_;
  int64_t segment_;
  int64_t left_;
  int64_t within_;
};

}  // namespace zowarmup

#endif  // ZOWARMUP_SEGMENTS_H
