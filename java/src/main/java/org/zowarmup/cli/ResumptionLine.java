package org.zowarmup.cli;

import org.zowarmup.record.Resumption;

/** Says where a run goes on. */
final class ResumptionLine {
  private ResumptionLine() {}

  static String of(Resumption resumption) {
    return "%s seed %d goes on after round %d, from %s"
        .formatted(
            Units.method(resumption.method()),
            resumption.seed(),
            resumption.round(),
            resumption.source());
  }
}
