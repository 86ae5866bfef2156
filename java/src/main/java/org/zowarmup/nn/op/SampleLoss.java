package org.zowarmup.nn.op;

/**
 * The loss of one sample. A kind of loss is a record: its components are the keys of the section
 * {@code loss}, with {@link org.zowarmup.plugin.Key} and {@link org.zowarmup.plugin.Range}, and its
 * public constructor without arguments makes the defaults. {@link java.util.ServiceLoader} finds
 * it. It is Java over memory of the CPU, so it runs on the devices of the CPU; a GPU runs {@link
 * CrossEntropy} alone and refuses another by name when a plan is compiled. It must keep no state:
 * the same object runs on several lanes at once.
 */
public interface SampleLoss {
  /** The value of {@code loss.kind}. */
  String kind();

  /**
   * The loss, not a number where a logit is none.
   *
   * @param logits [classes], read only
   * @param label the true class, from 0 to classes - 1
   */
  double of(double[] logits, int label);

  /**
   * The derivatives of {@link #of} with respect to the logits.
   *
   * @param gradient [classes], to be written
   */
  void gradient(double[] logits, int label, double[] gradient);
}
