package org.zowarmup.inspect;

/** How long floating-point operations take where a run would take place. */
interface Pace {
  /** Seconds of back-propagation of all lanes together. */
  double secondsOfTraining(double flops);

  /** Seconds of probes. */
  double secondsOfProbing(double flops);

  /** Seconds of evaluations. */
  double secondsOfEvaluation(double flops);

  /** How the times were found, where they were not measured; else empty. */
  String origin();
}
