package org.zowarmup.device.reference;

import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Add;

/** {@link Add} of every element, with its fused relu. */
final class ReferenceAdd {
  private ReferenceAdd() {}

  static Step forward(ReferenceProgram program, Add.Forward op) {
    Tensor a = program.at(op.a());
    Tensor b = program.at(op.b());
    Tensor y = program.at(op.y());
    return count -> {
      for (int i = 0; i < y.size(); i++) {
        double sum = a.get(i) + b.get(i);
        y.set(i, op.relu() ? ReferenceRelu.relu(sum) : sum);
      }
    };
  }
}
