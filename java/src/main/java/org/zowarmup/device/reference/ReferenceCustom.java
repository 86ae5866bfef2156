package org.zowarmup.device.reference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.zowarmup.device.host.HostExecutable.Step;
import org.zowarmup.nn.op.Custom;

/** A user's layer. It computes in fp32, here too: the one step whose precision is not double. */
final class ReferenceCustom {
  private ReferenceCustom() {}

  static Step forward(ReferenceProgram program, Custom.Forward op) {
    Tensor x = program.at(op.x());
    Tensor y = program.at(op.y());
    return count -> {
      FloatBuffer out = buffer(y.size());
      op.layer().forward(program.batch(), floats(x), parameters(program, op), out);
      store(out, y);
    };
  }

  static Step backward(ReferenceProgram program, Custom.Backward op) {
    Custom.Forward f = op.forward();
    Tensor x = program.at(f.x());
    Tensor dy = program.at(op.dy());
    Tensor dx = program.at(op.dx());
    List<Tensor> gradients = f.parameters().stream().map(program::gradient).toList();
    return count -> {
      FloatBuffer out = buffer(dx.size());
      List<FloatBuffer> sums = gradients.stream().map(t -> buffer(t.size())).toList();
      f.layer().backward(program.batch(), floats(x), parameters(program, f), floats(dy), out, sums);
      store(out, dx);
      for (int k = 0; k < sums.size(); k++) {
        store(sums.get(k), gradients.get(k));
      }
    };
  }

  private static List<FloatBuffer> parameters(ReferenceProgram program, Custom.Forward op) {
    return op.parameters().stream().map(t -> floats(program.weight(t))).toList();
  }

  private static FloatBuffer buffer(int elements) {
    return ByteBuffer.allocateDirect(elements * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  private static FloatBuffer floats(Tensor from) {
    FloatBuffer buffer = buffer(from.size());
    for (int i = 0; i < from.size(); i++) {
      buffer.put(i, (float) from.get(i));
    }
    return buffer;
  }

  private static void store(FloatBuffer from, Tensor to) {
    for (int i = 0; i < to.size(); i++) {
      to.set(i, from.get(i));
    }
  }
}
