package org.zowarmup.nn;

/**
 * The head of every graph: the loss of a sample is log(sum exp(logits)) - logits[label], its
 * prediction the first largest logit.
 *
 * @param classes number of classes; labels run from 0 to classes - 1
 */
public record SoftmaxCrossEntropy(int classes) {
  public SoftmaxCrossEntropy {
    if (classes < 2) {
      throw new IllegalArgumentException(
          "softmax cross-entropy: expected at least 2 classes, found " + classes);
    }
  }
}
