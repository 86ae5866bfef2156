package org.zowarmup.nn.op;

import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.Plan;

/**
 * The head of every graph, softmax cross-entropy: the loss of a sample is log(sum exp(logits)) -
 * logits[label], its prediction the first largest logit.
 *
 * @param classes number of classes; labels run from 0 to classes - 1
 */
public record Loss(int classes) {
  public Loss {
    if (classes < 2) {
      throw new IllegalArgumentException(
          "softmax cross-entropy: expected at least 2 classes, found " + classes);
    }
  }

  /** Per-sample losses and hits of [B, classes] logits, into the executable's own result arrays. */
  public record Forward(String node, int classes, Plan.Value logits) implements Op.Differentiable {
    @Override
    public Io io() {
      return Io.from(logits);
    }

    @Override
    public void differentiate(Lowering plan) {
      Plan.Value dlogits = plan.value("d" + node, classes);
      plan.add(new Backward(this, dlogits));
      plan.contribute(logits, dlogits);
    }
  }

  /** dlogits = (softmax - one-hot) / count for the samples that count, 0 for the masked tail. */
  public record Backward(Forward forward, Plan.Value dlogits) implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(forward.logits).to(dlogits);
    }
  }
}
