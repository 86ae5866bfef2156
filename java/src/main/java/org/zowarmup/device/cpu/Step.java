package org.zowarmup.device.cpu;

/** One compiled step of a plan. */
@FunctionalInterface
interface Step {
  /**
   * @param count samples of this pass that count; the rest of the batch is masked
   */
  void run(int count);
}
