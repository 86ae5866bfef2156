package org.zowarmup.device;

/**
 * One probe: the summed losses at w' + epsilon z and w' - epsilon z over the same samples, where w'
 * is the given weights plus the sum of {@code drift}.
 *
 * @param drift steps that this client has taken on its own since the round began; usually none
 * @param seed of z
 * @param epsilon length of the step to either side
 * @param samples indices into the resident images
 * @param augmentation of these samples, the same for both sides
 */
public record ProbeJob(
    SeedTerms drift, long seed, float epsilon, int[] samples, Augmentation augmentation) {
  /** A probe of images as they are. */
  public ProbeJob(SeedTerms drift, long seed, float epsilon, int[] samples) {
    this(drift, seed, epsilon, samples, Augmentation.NONE);
  }
}
