package org.zowarmup.device.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Loss;

/**
 * {@link Loss}: losses and hits of the logits in double, their gradient by ND4J's softmax; a user's
 * own loss in Java.
 */
final class Nd4jLoss {
  private Nd4jLoss() {}

  static Step forward(Nd4jProgram program, Loss.Forward op) {
    int classes = op.classes();
    return count -> {
      float[] logits = program.read(op.logits(), count * classes);
      for (int n = 0; n < count; n++) {
        score(program, n, logits, n * classes, classes);
        if (!op.head().isCrossEntropy()) {
          double[] row = row(logits, n, classes);
          program.losses()[n] = op.head().perSample().of(row, program.labels()[n]);
        }
      }
    };
  }

  private static double[] row(float[] logits, int sample, int classes) {
    double[] row = new double[classes];
    for (int k = 0; k < classes; k++) {
      row[k] = logits[sample * classes + k];
    }
    return row;
  }

  private static void score(Nd4jProgram program, int n, float[] logits, int from, int classes) {
    int best = from;
    boolean nan = false;
    for (int k = from; k < from + classes; k++) {
      nan |= Float.isNaN(logits[k]);
      best = logits[k] > logits[best] ? k : best;
    }
    double sum = 0;
    for (int k = from; k < from + classes; k++) {
      sum += Math.exp((double) logits[k] - logits[best]);
    }
    int label = program.labels()[n];
    program.losses()[n] = logits[best] + Math.log(sum) - logits[from + label];
    program.hits()[n] = !nan && best - from == label;
  }

  static Step backward(Nd4jProgram program, Loss.Backward op) {
    int classes = op.forward().classes();
    if (!op.forward().head().isCrossEntropy()) {
      return count -> own(program, op, count);
    }
    INDArray logits = program.at(op.forward().logits(), program.batch(), classes);
    INDArray dlogits = program.at(op.dlogits(), program.batch(), classes);
    return count -> {
      INDArray p = Transforms.softmax(logits, true);
      for (int n = 0; n < count; n++) {
        p.putScalar(n, program.labels()[n], p.getFloat(n, program.labels()[n]) - 1);
      }
      p.divi(count);
      for (int n = count; n < program.batch(); n++) {
        p.getRow(n).assign(0);
      }
      dlogits.assign(p);
    };
  }

  private static void own(Nd4jProgram program, Loss.Backward op, int count) {
    int classes = op.forward().classes();
    float[] logits = program.read(op.forward().logits(), count * classes);
    double[] slopes = new double[classes];
    for (int n = 0; n < program.batch(); n++) {
      float[] gradient = new float[classes];
      if (n < count) {
        int label = program.labels()[n];
        op.forward().head().perSample().gradient(row(logits, n, classes), label, slopes);
        for (int k = 0; k < classes; k++) {
          gradient[k] = (float) (slopes[k] / count);
        }
      }
      program.write(op.dlogits(), n, gradient);
    }
  }
}
