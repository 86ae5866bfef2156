package org.zowarmup.device.cuda;

/** One compiled step of a plan. */
@FunctionalInterface
interface CudaStep {
  /** Queues the step's work on its lane's stream, for all B samples. */
  void enqueue();
}
