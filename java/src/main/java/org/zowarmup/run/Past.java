package org.zowarmup.run;

import java.util.List;
import org.zowarmup.record.RoundMetrics;

/**
 * What an earlier process has left of a run.
 *
 * @param earlier rounds of the methods and seeds before this one
 * @param own rounds of this one, from the first, as far as none is missing
 */
record Past(List<RoundMetrics> earlier, List<RoundMetrics> own) {
  Past {
    earlier = List.copyOf(earlier);
    own = List.copyOf(own);
  }
}
