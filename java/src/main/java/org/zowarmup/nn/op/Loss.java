package org.zowarmup.nn.op;

import org.zowarmup.nn.Lowering;
import org.zowarmup.nn.Plan;

/**
 * The head of every graph; a sample's prediction is the first largest logit.
 *
 * @param classes number of classes; labels run from 0 to classes - 1
 * @param perSample the loss of each sample
 */
public record Loss(int classes, SampleLoss perSample) {
  public Loss {
    if (classes < 2) {
      throw new IllegalArgumentException("loss: expected at least 2 classes, found " + classes);
    }
  }

  /** Softmax cross-entropy. */
  public Loss(int classes) {
    this(classes, new CrossEntropy());
  }

  /** False for a user's own, which devices run in Java or not at all. */
  public boolean isCrossEntropy() {
    return perSample instanceof CrossEntropy;
  }

  /** Per-sample losses and hits of [B, classes] logits, into the executable's own result arrays. */
  public record Forward(String node, Loss head, Plan.Value logits) implements Op.Differentiable {
    public int classes() {
      return head.classes;
    }

    @Override
    public Io io() {
      return Io.from(logits);
    }

    @Override
    public void differentiate(Lowering plan) {
      Plan.Value dlogits = plan.value("d" + node, classes());
      plan.add(new Backward(this, dlogits));
      plan.contribute(logits, dlogits);
    }
  }

  /** dlogits = gradient of the loss / count for the samples that count, 0 for the masked tail. */
  public record Backward(Forward forward, Plan.Value dlogits) implements Op.Gradient {
    @Override
    public Io io() {
      return Io.from(forward.logits).to(dlogits);
    }
  }
}
