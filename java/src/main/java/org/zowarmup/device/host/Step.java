package org.zowarmup.device.host;

/** One compiled step of a plan. */
@FunctionalInterface
public interface Step {
  /**
   * @param count samples of this pass that count; the rest of the batch is masked
   */
  void run(int count);
}
