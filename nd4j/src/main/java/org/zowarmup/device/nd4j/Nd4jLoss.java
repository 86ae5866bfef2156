package org.zowarmup.device.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Loss;

/** {@link Loss}: losses and hits of the logits in double, their gradient by ND4J's softmax. */
final class Nd4jLoss {
  private Nd4jLoss() {}

  static Step forward(Nd4jProgram program, Loss.Forward op) {
    int classes = op.classes();
    return count -> {
      float[] logits = program.read(op.logits(), count * classes);
      for (int n = 0; n < count; n++) {
        score(program, n, logits, n * classes, classes);
      }
    };
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
}
