package org.zowarmup.device.reference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.zowarmup.device.Augmentation;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.device.host.HostExecutable;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.Value;
import org.zowarmup.nn.op.Add;
import org.zowarmup.nn.op.Conv;
import org.zowarmup.nn.op.Custom;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;
import org.zowarmup.nn.op.Op;
import org.zowarmup.nn.op.Pool;
import org.zowarmup.nn.op.Relu;

/** Interprets a plan in double precision, in an arena of the very offsets that the plan gives. */
final class ReferenceExecutable extends HostExecutable {
  /** A NaN that no computation makes. */
  private static final long GUARD_BITS = 0x7ff8_dead_beef_0001L;

  private final Plan plan;
  private final double[] arena;
  private final int[] labels;
  private final double[] losses;
  private final boolean[] hits;
  private double[] weights = new double[0];
  private double[] gradients = new double[0];

  ReferenceExecutable(ReferenceDevice device, Plan plan) {
    super(device, plan, device.laneOps());
    this.plan = plan;
    this.arena = new double[Math.toIntExact(plan.arenaElements())];
    this.labels = new int[plan.batch()];
    this.losses = new double[plan.batch()];
    this.hits = new boolean[plan.batch()];
    if (plan.guard() > 0) {
      Arrays.fill(arena, Double.longBitsToDouble(GUARD_BITS));
    }
  }

  private int at(Value value) {
    return Math.toIntExact(plan.offset(value));
  }

  private int length(Value value) {
    return Math.toIntExact(plan.elements(value));
  }

  private static int at(ParameterTensor tensor) {
    return Math.toIntExact(tensor.offset());
  }

  @Override
  protected void gather(
      ResidentImages images,
      int[] samples,
      int from,
      int count,
      Augmentation augmentation,
      long position) {
    requireIndices(images, samples, from, count);
    ImagePixels source = ((ReferenceImages) images).pixels();
    int perSample = source.shape().elements();
    int start = at(plan.input());
    Arrays.fill(arena, start, start + plan.batch() * perSample, 0);
    for (int n = 0; n < plan.batch(); n++) {
      labels[n] = n < count ? source.labels()[samples[from + n]] : 0;
    }
    for (int n = 0; n < count; n++) {
      Augmentation.Window window =
          augmentation.on() ? augmentation.window(position + n) : Augmentation.WHOLE;
      image(source, samples[from + n], window, start + n * perSample);
    }
  }

  /** One window of one image to arena[to ..]; byte 0 stands for what lies outside of the image. */
  private void image(ImagePixels source, int sample, Augmentation.Window window, int to) {
    Shape shape = source.shape();
    long first = (long) sample * shape.elements();
    for (int y = 0; y < shape.height(); y++) {
      int row = window.sourceRow(y);
      for (int x = 0; x < shape.width(); x++) {
        int column = window.sourceColumn(x, shape.width());
        boolean inside = row >= 0 && row < shape.height() && column >= 0 && column < shape.width();
        long pixel = first + ((long) row * shape.width() + column) * shape.channels();
        for (int c = 0; c < shape.channels(); c++, to++) {
          int v = inside ? source.pixels().get(pixel + c) & 0xFF : 0;
          arena[to] = source.normalization()[c * 256 + v];
        }
      }
    }
  }

  @Override
  protected void bind(Vector vector) {
    float[] data = ReferenceVector.of(vector).data();
    if (weights.length != data.length) {
      weights = new double[data.length];
    }
    for (int i = 0; i < data.length; i++) {
      weights[i] = data[i];
    }
  }

  @Override
  protected double forward(int count) {
    for (Op op : plan.ops()) {
      step(op, count);
      if (op instanceof Loss.Forward) {
        break;
      }
    }
    double sum = 0;
    for (int n = 0; n < count; n++) {
      sum += losses[n];
    }
    return sum;
  }

  @Override
  protected int correct(int count) {
    int correct = 0;
    for (int n = 0; n < count; n++) {
      correct += hits[n] ? 1 : 0;
    }
    return correct;
  }

  @Override
  protected void backward(int count, Vector gradient) {
    gradients = new double[weights.length];
    boolean behindLoss = false;
    for (Op op : plan.ops()) {
      if (behindLoss) {
        step(op, count);
      }
      behindLoss |= op instanceof Loss.Forward;
    }
    float[] out = ReferenceVector.of(gradient).data();
    for (ParameterTensor tensor : plan.graph().layout().tensors()) {
      for (int i = at(tensor); i < tensor.end(); i++) {
        out[i] = (float) gradients[i];
      }
    }
  }

  @Override
  protected float[] readLogits(int count) {
    int classes = plan.graph().classes();
    float[] logits = new float[count * classes];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) arena[at(plan.logits()) + i];
    }
    return logits;
  }

  private void step(Op op, int count) {
    if (op instanceof Conv.Forward f) {
      int bias = f.bias() == null ? -1 : at(f.bias());
      new ConvReference(f, plan.batch())
          .forward(arena, at(f.x()), at(f.y()), weights, at(f.weight()), bias);
    } else if (op instanceof Conv.BackwardData b) {
      new ConvReference(b.forward(), plan.batch())
          .backwardData(arena, at(b.dy()), at(b.dx()), weights, at(b.forward().weight()));
    } else if (op instanceof Conv.BackwardParameters b) {
      Conv.Forward f = b.forward();
      int bias = f.bias() == null ? -1 : at(f.bias());
      new ConvReference(f, plan.batch())
          .backwardParameters(arena, at(f.x()), at(b.dy()), gradients, at(f.weight()), bias);
    } else if (op instanceof GroupNorm.Forward f) {
      normForward(f);
    } else if (op instanceof GroupNorm.Backward b) {
      normBackward(b);
    } else if (op instanceof Linear.Forward f) {
      LinearReference.forward(
          f, plan.batch(), arena, at(f.x()), at(f.y()), weights, at(f.weight()), at(f.bias()));
    } else if (op instanceof Linear.BackwardData b) {
      LinearReference.backwardData(
          b.forward(),
          plan.batch(),
          arena,
          at(b.dy()),
          at(b.dx()),
          weights,
          at(b.forward().weight()));
    } else if (op instanceof Linear.BackwardParameters b) {
      Linear.Forward f = b.forward();
      LinearReference.backwardParameters(
          f, plan.batch(), arena, at(f.x()), at(b.dy()), gradients, at(f.weight()), at(f.bias()));
    } else {
      elementwiseOrHead(op, count);
    }
  }

  private void elementwiseOrHead(Op op, int count) {
    if (op instanceof Relu.Forward f) {
      for (int i = 0; i < length(f.x()); i++) {
        arena[at(f.y()) + i] = ElementwiseReference.relu(arena[at(f.x()) + i]);
      }
    } else if (op instanceof Relu.Backward b) {
      ElementwiseReference.reluBackward(arena, at(b.y()), at(b.dy()), at(b.dx()), length(b.y()));
    } else if (op instanceof Add.Forward f) {
      ElementwiseReference.add(arena, at(f.a()), at(f.b()), at(f.y()), length(f.y()), f.relu());
    } else if (op instanceof Pool.Forward f) {
      PoolReference pool = new PoolReference(f, plan.batch());
      if (f.pool().kind() == Pool.Kind.MAX) {
        pool.maxForward(arena, at(f.x()), at(f.y()));
      } else {
        pool.averageForward(arena, at(f.x()), at(f.y()));
      }
    } else if (op instanceof Pool.Backward b) {
      PoolReference pool = new PoolReference(b.forward(), plan.batch());
      if (b.forward().pool().kind() == Pool.Kind.MAX) {
        pool.maxBackward(arena, at(b.forward().x()), at(b.dy()), at(b.dx()));
      } else {
        pool.averageBackward(arena, at(b.dy()), at(b.dx()));
      }
    } else if (op instanceof Loss.Forward f) {
      for (int n = 0; n < count; n++) {
        int row = at(f.logits()) + n * f.classes();
        losses[n] = LossReference.loss(arena, row, f.classes(), labels[n]);
        hits[n] = LossReference.isHit(arena, row, f.classes(), labels[n]);
      }
    } else if (op instanceof Loss.Backward b) {
      for (int n = 0; n < plan.batch(); n++) {
        int row = n * b.forward().classes();
        int label = n < count ? labels[n] : -1;
        LossReference.backward(
            arena,
            at(b.forward().logits()) + row,
            at(b.dlogits()) + row,
            b.forward().classes(),
            label,
            count);
      }
    } else {
      custom(op);
    }
  }

  private void normForward(GroupNorm.Forward f) {
    new GroupNormReference(f, plan.batch())
        .forward(
            arena,
            at(f.x()),
            f.residual() == null ? -1 : at(f.residual()),
            at(f.y()),
            f.mean() == null ? -1 : at(f.mean()),
            f.rstd() == null ? -1 : at(f.rstd()),
            weights,
            at(f.gain()),
            at(f.bias()));
  }

  private void normBackward(GroupNorm.Backward b) {
    GroupNorm.Forward f = b.forward();
    int masked = b.dresidual() == null ? -1 : at(b.dresidual());
    new GroupNormReference(f, plan.batch())
        .backward(
            arena,
            at(f.x()),
            f.relu() ? at(f.y()) : -1,
            at(f.mean()),
            at(f.rstd()),
            at(b.dy()),
            at(b.dx()),
            masked,
            weights,
            at(f.gain()),
            gradients,
            at(f.bias()));
  }

  /**
   * A user's layer computes in fp32, here too: it is the one step whose precision is not double.
   */
  private void custom(Op op) {
    if (op instanceof Custom.Forward f) {
      FloatBuffer y = buffer(length(f.y()));
      f.layer()
          .forward(
              plan.batch(), floats(arena, at(f.x()), length(f.x())), parameters(f, weights), y);
      store(y, arena, at(f.y()));
    } else if (op instanceof Custom.Backward b) {
      Custom.Forward f = b.forward();
      FloatBuffer dx = buffer(length(b.dx()));
      List<FloatBuffer> out = f.parameters().stream().map(t -> buffer(t.size())).toList();
      f.layer()
          .backward(
              plan.batch(),
              floats(arena, at(f.x()), length(f.x())),
              parameters(f, weights),
              floats(arena, at(b.dy()), length(b.dy())),
              dx,
              out);
      store(dx, arena, at(b.dx()));
      for (int k = 0; k < out.size(); k++) {
        store(out.get(k), gradients, at(f.parameters().get(k)));
      }
    } else {
      new TokenReference(plan, arena).step(op, weights, gradients);
    }
  }

  private static List<FloatBuffer> parameters(Custom.Forward f, double[] weights) {
    List<FloatBuffer> buffers = new ArrayList<>();
    f.parameters().forEach(t -> buffers.add(floats(weights, at(t), t.size())));
    return buffers;
  }

  private static FloatBuffer buffer(int elements) {
    return ByteBuffer.allocateDirect(elements * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  private static FloatBuffer floats(double[] from, int at, int elements) {
    FloatBuffer buffer = buffer(elements);
    for (int i = 0; i < elements; i++) {
      buffer.put(i, (float) from[at + i]);
    }
    return buffer;
  }

  private static void store(FloatBuffer from, double[] to, int at) {
    for (int i = 0; i < from.capacity(); i++) {
      to[at + i] = from.get(i);
    }
  }

  @Override
  public void verifyGuards() {
    for (Value value : plan.values()) {
      int start = at(value);
      int end = start + length(value);
      for (int i = 1; i <= plan.guard(); i++) {
        if (Double.doubleToRawLongBits(arena[start - i]) != GUARD_BITS
            || Double.doubleToRawLongBits(arena[end + i - 1]) != GUARD_BITS) {
          throw new IllegalStateException("guard of value " + value.name() + " was written");
        }
      }
    }
  }
}
