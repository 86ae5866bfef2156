package org.zowarmup.device.cuda.kernel;

/** One compiled step of a plan, or a part of one. */
@FunctionalInterface
public interface CudaStep {
  /** Of a step whose work the step before it does. */
  CudaStep NOTHING = () -> {};

  /** Queues the step's work on its program's stream, for all B samples. */
  void enqueue();

  /** This step's work, followed by that of {@code next}. */
  default CudaStep then(CudaStep next) {
    return () -> {
      enqueue();
      next.enqueue();
    };
  }
}
