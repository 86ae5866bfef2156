// Images stored plane by plane, made into images stored pixel by pixel.
#ifndef ZOWARMUP_PLANES_H
#define ZOWARMUP_PLANES_H

#include <immintrin.h>

#include <cstdint>

namespace zowarmup {

// out[i, p, c] = in[i, c, p] for p from `from` on.
inline void interleaveTail(const uint8_t* in, uint8_t* out, int64_t from, int64_t pixels, int64_t channels) {
  for (int64_t p = from; p < pixels; p++) {
    for (int64_t c = 0; c < channels; c++) {
      out[p * channels + c] = in[c * pixels + p];
    }
  }
}

// Where output byte j of a 48-byte block of 16 pixels comes from: byte j / 3 of plane j % 3; -1 elsewhere gives 0.
struct InterleaveMasks {
  int8_t mask[3][3][16];  // [plane][output vector][byte]

  constexpr InterleaveMasks() : mask() {
    for (int plane = 0; plane < 3; plane++) {
      for (int j = 0; j < 48; j++) {
        mask[plane][j / 16][j % 16] = static_cast<int8_t>(j % 3 == plane ? j / 3 : -1);
      }
    }
  }
};

// Three planes, 16 pixels at a time; returns how many pixels are done.
__attribute__((target("ssse3"))) inline int64_t interleaveThree(const uint8_t* in, uint8_t* out, int64_t pixels) {
  static constexpr InterleaveMasks MASKS;
  __m128i mask[3][3];
  for (int plane = 0; plane < 3; plane++) {
    for (int vector = 0; vector < 3; vector++) {
      mask[plane][vector] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(MASKS.mask[plane][vector]));
    }
  }
  int64_t p = 0;
  for (; p + 16 <= pixels; p += 16) {
    const __m128i r = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + p));
    const __m128i g = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + pixels + p));
    const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 2 * pixels + p));
    for (int vector = 0; vector < 3; vector++) {
      const __m128i rg = _mm_or_si128(_mm_shuffle_epi8(r, mask[0][vector]), _mm_shuffle_epi8(g, mask[1][vector]));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 3 * p + 16 * vector),
                       _mm_or_si128(rg, _mm_shuffle_epi8(b, mask[2][vector])));
    }
  }
  return p;
}

inline void interleavePlanes(const uint8_t* in, int64_t stride, uint8_t* out, int64_t images, int64_t pixels,
                             int64_t channels) {
  const bool shuffles = channels == 3 && __builtin_cpu_supports("ssse3");
  for (int64_t i = 0; i < images; i++) {
    const uint8_t* const source = in + i * stride;
    uint8_t* const target = out + i * pixels * channels;
    const int64_t done = shuffles ? interleaveThree(source, target, pixels) : 0;
    interleaveTail(source, target, done, pixels, channels);
  }
}

inline void countLevels(const uint8_t* in, int64_t pixels, int64_t channels, int64_t* counts) {
  for (int64_t p = 0; p < pixels; p++) {
    for (int64_t c = 0; c < channels; c++) {
      counts[c * 256 + in[p * channels + c]]++;
    }
  }
}

}  // namespace zowarmup

#endif  // ZOWARMUP_PLANES_H
