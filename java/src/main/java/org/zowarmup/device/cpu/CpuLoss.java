package org.zowarmup.device.cpu;

import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nativecpu.NativeCpu;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.SampleLoss;

/** {@link Loss} by native kernels; a user's own in Java, on the buffers where they lie. */
final class CpuLoss {
  private CpuLoss() {}

  static Step forward(CpuProgram program, Loss.Forward op) {
    FloatPointer logits = program.at(op.logits());
    Step crossEntropy =
        count ->
            NativeCpu.softmaxCrossEntropy(
                logits,
                program.labels(),
                count,
                op.classes(),
                program.losses(),
                program.hits(),
                program.threads());
    if (op.head().isCrossEntropy()) {
      return crossEntropy;
    }
    FloatBuffer values = CpuCustom.buffer(logits, program.elements(op.logits()));
    double[] row = new double[op.classes()];
    return count -> {
      crossEntropy.run(count); // whose hits are those of every loss
      for (int n = 0; n < count; n++) {
        read(values, n, row);
        program.losses().put(n, op.head().perSample().of(row, program.labels().get(n)));
      }
    };
  }

  private static void read(FloatBuffer logits, int sample, double[] row) {
    for (int k = 0; k < row.length; k++) {
      row[k] = logits.get(sample * row.length + k);
    }
  }

  static Step backward(CpuProgram program, Loss.Backward op) {
    FloatPointer logits = program.at(op.forward().logits());
    FloatPointer dlogits = program.at(op.dlogits());
    int classes = op.forward().classes();
    if (op.forward().head().isCrossEntropy()) {
      return count ->
          NativeCpu.softmaxCrossEntropyBackward(
              logits,
              program.labels(),
              count,
              program.batch(),
              classes,
              dlogits,
              program.threads());
    }
    SampleLoss loss = op.forward().head().perSample();
    FloatBuffer values = CpuCustom.buffer(logits, program.elements(op.forward().logits()));
    FloatBuffer gradients = CpuCustom.buffer(dlogits, program.elements(op.dlogits()));
    double[] row = new double[classes];
    double[] slopes = new double[classes];
    return count -> {
      for (int n = 0; n < program.batch(); n++) {
        if (n < count) {
          read(values, n, row);
          loss.gradient(row, program.labels().get(n), slopes);
        }
        for (int k = 0; k < classes; k++) {
          gradients.put(n * classes + k, n < count ? (float) (slopes[k] / count) : 0);
        }
      }
    };
  }
}
