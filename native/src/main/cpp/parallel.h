// One way to split work: contiguous ranges, one per thread, their borders at multiples of a grain.
#ifndef ZOWARMUP_PARALLEL_H
#define ZOWARMUP_PARALLEL_H

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace zowarmup {

// Below this many elements a team costs more than an elementwise pass in one thread: a fork and join is about 2 us, and
// the team spins on for a while when it is done.
constexpr int64_t ELEMENTWISE_GRAIN = 65536;

// Calls body(first, last, thread) over [0, items) with at most `threads` threads, each of at least one grain. The body
// must not throw.
template <typename Body>
void parallelFor(int64_t items, int threads, int64_t grain, const Body& body) {
  const int64_t grains = (items + grain - 1) / grain;
  const int team = static_cast<int>(std::min<int64_t>(threads, grains));
  if (team <= 1) {
    if (items > 0) {
      body(int64_t{0}, items, 0);
    }
    return;
  }
#pragma omp parallel num_threads(team)
  {
    // The runtime may grant fewer threads than asked for.
    const int64_t granted = omp_get_num_threads();
    const int64_t thread = omp_get_thread_num();
    const int64_t first = grains * thread / granted * grain;
    const int64_t last = std::min(items, grains * (thread + 1) / granted * grain);
    if (first < last) {
      body(first, last, static_cast<int>(thread));
    }
  }
}

}  // namespace zowarmup

#endif  // ZOWARMUP_PARALLEL_H
