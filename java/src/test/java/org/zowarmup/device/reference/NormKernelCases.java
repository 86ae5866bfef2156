package org.zowarmup.device.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.zowarmup.device.kernels.KernelCase;
import org.zowarmup.device.kernels.Samples;
import org.zowarmup.device.kernels.Verdicts;
import org.zowarmup.nn.Initialization;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.Value;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.LayerNorm;
import org.zowarmup.nn.op.Op;

/** Group norm with its fused tail, and layer norm, against the reference device. */
public final class NormKernelCases {
  private static final float EPSILON = 1e-5f;

  /** Bytes of shared memory that every GPU gives a block, less what the kernel has of its own. */
  private static final long LEAST_SHARED = 46 << 10;

  private final boolean bf16;
  private final List<KernelCase> cases = new ArrayList<>();

  private NormKernelCases(boolean bf16) {
    this.bf16 = bf16;
  }

  public static List<KernelCase> all(boolean bf16) {
    NormKernelCases made = new NormKernelCases(bf16);
    for (boolean fits : new boolean[] {true, false}) {
      made.groupNorm(2, new Shape(5, 7, 24), 3, fits);
      made.groupNorm(3, new Shape(1, 13, 26), 2, fits);
      made.groupNorm(1, new Shape(9, 9, 64), 2, fits);
      made.groupNorm(1, new Shape(2, 3, 1030), 2, fits); // more vectors than threads
      made.groupNorm(2, new Shape(1, 2, 4), 4, fits);
      made.groupNorm(1, new Shape(3, 1, 4160), 1, fits);
    }
    made.layerNorm(1, 1);
    made.layerNorm(13, 13);
    made.layerNorm(40, 192);
    made.layerNorm(65, 512);
    return made.cases;
  }

  /** One pass forward and back of the reference device. */
  private static final class Expected {
    final int n;
    final double[] arena;
    final double[] gradients;
    final ReferenceProgram program;
    final ParameterTensor gain;
    final ParameterTensor bias;
    final Value x;
    final Value extra;
    final Value y;
    final Value dy;
    final Value dx;
    final Value dextra;
    final Value mean;
    final Value rstd;

    Expected(
        int batch,
        int n,
        int statistics,
        float[] x,
        float[] extra,
        float[] dy,
        float[] gain,
        float[] bias) {
      this.n = n;
      arena = new double[6 * n + 2 * statistics];
      program = new ReferenceProgram(batch, 2 * gain.length, 2 * gain.length);
      gradients = program.gradients();
      this.x = value(0, 0, n, x);
      this.extra = value(1, n, n, extra);
      y = value(2, 2 * n, n);
      this.dy = value(3, 3 * n, n, dy);
      dx = value(4, 4 * n, n);
      dextra = value(5, 5 * n, n);
      mean = value(6, 6 * n, statistics);
      rstd = value(7, 6 * n + statistics, statistics);
      this.gain = parameter(0, gain);
      this.bias = parameter(1, bias);
    }

    private Value value(int id, int offset, int size, float... content) {
      Value value = new Value(id, "value " + id, size);
      program.place(value, new Tensor(arena, offset, size));
      System.arraycopy(Samples.doubles(content), 0, arena, offset, content.length);
      return value;
    }

    private ParameterTensor parameter(int index, float[] content) {
      int n = content.length;
      ParameterSpec spec = ParameterSpec.vector("p", n, new Initialization.Constant(0));
      System.arraycopy(Samples.doubles(content), 0, program.weights(), index * n, n);
      return new ParameterTensor(index, "p", (long) index * n, spec);
    }

    void run(Op... ops) {
      for (Op op : ops) {
        ReferenceProgram.STEPS.compile("reference", program, op).run(program.batch());
      }
    }

    double[] part(int index) {
      return Arrays.copyOfRange(arena, index * n, (index + 1) * n);
    }

    double[] statistics(int which, int count) {
      return Arrays.copyOfRange(arena, 6 * n + which * count, 6 * n + (which + 1) * count);
    }
  }

  private static float[] floats(double[] v) {
    float[] out = new float[v.length];
    for (int i = 0; i < v.length; i++) {
      out[i] = (float) v[i];
    }
    return out;
  }

  private long slabBytes(Shape shape, int groups) {
    long bytes = (long) shape.elements() / groups * KernelCase.actBytes(bf16);
    return (bytes + 15) / 16 * 16;
  }

  private void groupNorm(int batch, Shape shape, int groups, boolean fits) {
    for (boolean residual : new boolean[] {false, true}) {
      for (boolean relu : new boolean[] {false, true}) {
        groupNorm(batch, shape, groups, fits, residual, relu);
      }
    }
  }

  private void groupNorm(
      int batch, Shape shape, int groups, boolean fits, boolean residual, boolean relu) {
    int n = batch * shape.elements();
    int channels = shape.channels();
    float[] x = Samples.normal(30, n, bf16);
    float[] extra = Samples.normal(31, n, bf16);
    float[] dy = Samples.normal(32, n, bf16);
    float[] gain = Samples.normal(33, channels);
    float[] bias = Samples.normal(34, channels);
    Expected e = new Expected(batch, n, batch * groups, x, extra, dy, gain, bias);
    GroupNorm.Forward op =
        new GroupNorm.Forward(
            "norm",
            new GroupNorm(groups, EPSILON),
            shape,
            e.x,
            residual ? e.extra : null,
            relu,
            e.y,
            e.mean,
            e.rstd,
            e.gain,
            e.bias);
    e.run(op);
    String what =
        "%d x %s, %d groups%s%s"
            .formatted(batch, shape, groups, residual ? ", residual" : "", relu ? ", relu" : "");
    forward(e, batch, shape, groups, fits, residual, relu, what, x, extra, gain, bias);
    if (fits && 2 * slabBytes(shape, groups) > LEAST_SHARED) {
      return; // the smallest GPUs have no room for both slabs
    }
    e.run(new GroupNorm.Backward(op, e.dy, e.dx, e.dextra));
    backward(e, batch, shape, groups, fits, relu, residual, what, x, dy, gain);
  }

  private void forward(
      Expected e,
      int batch,
      Shape shape,
      int groups,
      boolean fits,
      boolean residual,
      boolean relu,
      String what,
      float[] x,
      float[] extra,
      float[] gain,
      float[] bias) {
    int statistics = batch * groups;
    KernelCase.Verdict y = Verdicts.act(e.part(2), bf16);
    for (boolean inPlace : new boolean[] {false, true}) {
      KernelCase c =
          KernelCase.of(
                  fits ? "groupNormForward" : "groupNormForwardLarge",
                  what + (inPlace ? ", in place" : ""),
                  bf16)
              .grid(groups, batch)
              .block(512)
              .shared(fits ? slabBytes(shape, groups) : 0)
              .act(x, inPlace ? y : null);
      if (residual) {
        c.act(extra);
      } else {
        c.none();
      }
      c.floats(gain).floats(bias);
      if (inPlace) { // as a plan that keeps nothing for the backward pass
        c.same(0).none().none();
      } else {
        c.act(Samples.unset(x.length), y)
            .floats(Samples.unset(statistics), Verdicts.floats(e.statistics(0, statistics), 2e-6))
            .floats(Samples.unset(statistics), Verdicts.floats(e.statistics(1, statistics), 1e-5));
      }
      cases.add(c.i32(shape.pixels(), shape.channels(), groups).f32(EPSILON).i32(relu ? 1 : 0));
    }
  }

  private void backward(
      Expected e,
      int batch,
      Shape shape,
      int groups,
      boolean fits,
      boolean relu,
      boolean residual,
      String what,
      float[] x,
      float[] dy,
      float[] gain) {
    int statistics = batch * groups;
    int channels = shape.channels();
    float[] y = floats(e.part(2));
    KernelCase c =
        KernelCase.of(fits ? "groupNormBackward" : "groupNormBackwardLarge", what, bf16)
            .grid(groups, batch)
            .block(512)
            .shared(fits ? 2 * slabBytes(shape, groups) : 0)
            .act(x);
    if (relu) {
      c.act(y); // only its sign counts
    } else {
      c.none();
    }
    c.floats(floats(e.statistics(0, statistics)))
        .floats(floats(e.statistics(1, statistics)))
        .floats(gain)
        .act(dy)
        .act(Samples.unset(x.length), Verdicts.act(e.part(4), bf16, bf16 ? Verdicts.BF16 : 5e-5));
    if (residual) {
      c.act(Samples.unset(x.length), Verdicts.act(e.part(5), bf16, 0));
    } else {
      c.none();
    }
    cases.add(
        c.floats(Samples.unset(batch * 2 * channels), sumsTo(e.gradients, batch))
            .i32(shape.pixels(), channels, groups));
  }

  /** Partial sums of rows [2, C] that add up to the gradients. */
  private static KernelCase.Verdict sumsTo(double[] gradients, int rows) {
    return result -> {
      for (int c = 0; c < gradients.length; c++) {
        double sum = 0;
        for (int r = 0; r < rows; r++) {
          sum += result.getFloat(4 * (r * gradients.length + c));
        }
        if (!(Math.abs(sum - gradients[c]) <= 5e-5 * Math.max(1, Math.abs(gradients[c])))) {
          throw new AssertionError(
              "gradient " + c + ": expected " + gradients[c] + ", found " + sum);
        }
      }
    };
  }

  private void layerNorm(int rows, int channels) {
    int n = rows * channels;
    float[] x = Samples.normal(35, n, bf16);
    float[] dy = Samples.normal(36, n, bf16);
    float[] gain = Samples.normal(37, channels);
    float[] bias = Samples.normal(38, channels);
    Expected e = new Expected(1, n, rows, x, x, dy, gain, bias);
    LayerNorm.Forward op =
        new LayerNorm.Forward(
            "norm",
            new LayerNorm(EPSILON),
            rows,
            channels,
            e.x,
            e.y,
            e.mean,
            e.rstd,
            e.gain,
            e.bias);
    e.run(op, new LayerNorm.Backward(op, e.dy, e.dx));
    String what = rows + " x " + channels;
    KernelCase.Verdict y = Verdicts.act(e.part(2), bf16);
    cases.add(
        KernelCase.of("layerNormForward", what, bf16)
            .grid(2)
            .act(x)
            .floats(gain)
            .floats(bias)
            .act(Samples.unset(n), y)
            .floats(Samples.unset(rows), Verdicts.floats(e.statistics(0, rows), 2e-6))
            .floats(Samples.unset(rows), Verdicts.floats(e.statistics(1, rows), 1e-5))
            .i64(rows)
            .i32(channels)
            .f32(EPSILON));
    cases.add(
        KernelCase.of("layerNormForward", what + ", in place", bf16)
            .act(x, y)
            .floats(gain)
            .floats(bias)
            .same(0)
            .none()
            .none()
            .i64(rows)
            .i32(channels)
            .f32(EPSILON));
    int chunk = 32;
    int chunks = (rows + chunk - 1) / chunk;
    for (boolean inPlace : new boolean[] {false, true}) {
      KernelCase.Verdict dx = Verdicts.act(e.part(4), bf16, bf16 ? Verdicts.BF16 : 5e-5);
      KernelCase c =
          KernelCase.of("layerNormBackward", what + (inPlace ? ", in place" : ""), bf16)
              .grid(chunks)
              .act(x)
              .floats(floats(e.statistics(0, rows)))
              .floats(floats(e.statistics(1, rows)))
              .floats(gain)
              .act(dy, inPlace ? dx : null);
      if (inPlace) {
        c.same(4);
      } else {
        c.act(Samples.unset(n), dx);
      }
      cases.add(
          c.floats(Samples.unset(chunks * 2 * channels), sumsTo(e.gradients, chunks))
              .i64(rows)
              .i32(channels, chunk));
    }
  }
}
