// The tables from which a captured graph reads what changes between replays: a Job for each pass of at most B samples,
// and B sample rows for each pass. Kernels look at entry *cursor; the last node of a graph moves the cursor on. The
// host reads from this text where a field lies.
#ifndef ZOWARMUP_JOB_H
#define ZOWARMUP_JOB_H

#include "compute.h"

namespace zowarmup {

constexpr int JOB_KEEPS_WEIGHTS = 1;  // a later pass of a probe: its weights, drifted and perturbed, are there already

struct Job {
  unsigned long long seed;  // of the direction z
  int count;                // samples of the pass; the rows after them are masked
  int flags;
  float epsilon;
  float lr;
  float momentum;
  float weightDecay;
  int firstTerm;  // of the drift, in the table of terms
  int terms;
};

struct SampleRow {
  int image;              // index into the resident images; -1: a masked row
  unsigned int position;  // of the sample in its job, for the augmentation
  unsigned long long augmentKey;
};

// First row of the pass at hand in a table of `batch` rows a pass; cursor null: the table is of one pass.
ZOWARMUP_DEVICE long long firstRowOfPass(const int* cursor, int batch) {
  return cursor == nullptr ? 0 : static_cast<long long>(*cursor) * batch;
}

}  // namespace zowarmup

#endif  // ZOWARMUP_JOB_H
