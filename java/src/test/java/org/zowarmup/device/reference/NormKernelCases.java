package org.zowarmup.device.reference;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.device.kernels.KernelCase;
import org.zowarmup.device.kernels.Samples;
import org.zowarmup.device.kernels.Verdicts;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.GroupNorm;
import org.zowarmup.nn.op.LayerNorm;

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
    ReferenceRun run = new ReferenceRun(batch, 2 * channels);
    GroupNorm.Forward op =
        new GroupNorm.Forward(
            "norm",
            new GroupNorm(groups, EPSILON),
            shape,
            run.value(Samples.doubles(Samples.normal(30, n, bf16))),
            residual ? run.value(Samples.doubles(Samples.normal(31, n, bf16))) : null,
            relu,
            run.value(new double[n]),
            run.value(new double[batch * groups]),
            run.value(new double[batch * groups]),
            run.parameter(Samples.doubles(Samples.normal(33, channels))),
            run.parameter(Samples.doubles(Samples.normal(34, channels))));
    run.run(op);
    String what =
        "%d x %s, %d groups%s%s"
            .formatted(batch, shape, groups, residual ? ", residual" : "", relu ? ", relu" : "");
    forward(run, op, batch, fits, what);
    if (fits && 2 * slabBytes(shape, groups) > LEAST_SHARED) {
      return; // the smallest GPUs have no room for both slabs
    }
    GroupNorm.Backward back =
        new GroupNorm.Backward(
            op,
            run.value(Samples.doubles(Samples.normal(32, n, bf16))),
            run.value(new double[n]),
            residual ? run.value(new double[n]) : null);
    run.run(back);
    backward(run, back, batch, fits, what);
  }

  private void forward(
      ReferenceRun run, GroupNorm.Forward op, int batch, boolean fits, String what) {
    Shape shape = op.shape();
    int groups = op.norm().groups();
    KernelCase.Verdict y = Verdicts.act(run.of(op.y()), bf16);
    for (boolean inPlace : new boolean[] {false, true}) {
      KernelCase c =
          KernelCase.of(
                  fits ? "groupNormForward" : "groupNormForwardLarge",
                  what + (inPlace ? ", in place" : ""),
                  bf16)
              .grid(groups, batch)
              .block(512)
              .shared(fits ? slabBytes(shape, groups) : 0)
              .act(floats(run.of(op.x())), inPlace ? y : null);
      if (op.residual() != null) {
        c.act(floats(run.of(op.residual())));
      } else {
        c.none();
      }
      c.floats(floats(run.of(op.gain()))).floats(floats(run.of(op.bias())));
      if (inPlace) { // as a plan that keeps nothing for the backward pass
        c.same(0).none().none();
      } else {
        int statistics = batch * groups;
        c.act(Samples.unset(batch * shape.elements()), y)
            .floats(Samples.unset(statistics), Verdicts.floats(run.of(op.mean()), 2e-6))
            .floats(Samples.unset(statistics), Verdicts.floats(run.of(op.rstd()), 1e-5));
      }
      cases.add(
          c.i32(shape.pixels(), shape.channels(), groups).f32(EPSILON).i32(op.relu() ? 1 : 0));
    }
  }

  private void backward(
      ReferenceRun run, GroupNorm.Backward back, int batch, boolean fits, String what) {
    GroupNorm.Forward op = back.forward();
    Shape shape = op.shape();
    int groups = op.norm().groups();
    int n = batch * shape.elements();
    KernelCase c =
        KernelCase.of(fits ? "groupNormBackward" : "groupNormBackwardLarge", what, bf16)
            .grid(groups, batch)
            .block(512)
            .shared(fits ? 2 * slabBytes(shape, groups) : 0)
            .act(floats(run.of(op.x())));
    if (op.relu()) {
      c.act(floats(run.of(op.y()))); // only its sign counts
    } else {
      c.none();
    }
    c.floats(floats(run.of(op.mean())))
        .floats(floats(run.of(op.rstd())))
        .floats(floats(run.of(op.gain())))
        .act(floats(run.of(back.dy())))
        .act(Samples.unset(n), Verdicts.act(run.of(back.dx()), bf16, bf16 ? Verdicts.BF16 : 5e-5));
    if (back.dresidual() != null) {
      c.act(Samples.unset(n), Verdicts.act(run.of(back.dresidual()), bf16, 0));
    } else {
      c.none();
    }
    cases.add(
        c.floats(Samples.unset(batch * 2 * shape.channels()), sumsTo(run.gradients(), batch))
            .i32(shape.pixels(), shape.channels(), groups));
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
    ReferenceRun run = new ReferenceRun(1, 2 * channels);
    LayerNorm.Forward op =
        new LayerNorm.Forward(
            "norm",
            new LayerNorm(EPSILON),
            rows,
            channels,
            run.value(Samples.doubles(x)),
            run.value(new double[n]),
            run.value(new double[rows]),
            run.value(new double[rows]),
            run.parameter(Samples.doubles(gain)),
            run.parameter(Samples.doubles(bias)));
    LayerNorm.Backward back =
        new LayerNorm.Backward(op, run.value(Samples.doubles(dy)), run.value(new double[n]));
    run.run(op);
    run.run(back);
    double[] mean = run.of(op.mean());
    double[] rstd = run.of(op.rstd());
    String what = rows + " x " + channels;
    KernelCase.Verdict y = Verdicts.act(run.of(op.y()), bf16);
    cases.add(
        KernelCase.of("layerNormForward", what, bf16)
            .grid(2)
            .act(x)
            .floats(gain)
            .floats(bias)
            .act(Samples.unset(n), y)
            .floats(Samples.unset(rows), Verdicts.floats(mean, 2e-6))
            .floats(Samples.unset(rows), Verdicts.floats(rstd, 1e-5))
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
      KernelCase.Verdict dx = Verdicts.act(run.of(back.dx()), bf16, bf16 ? Verdicts.BF16 : 5e-5);
      KernelCase c =
          KernelCase.of("layerNormBackward", what + (inPlace ? ", in place" : ""), bf16)
              .grid(chunks)
              .act(x)
              .floats(floats(mean))
              .floats(floats(rstd))
              .floats(gain)
              .act(dy, inPlace ? dx : null);
      if (inPlace) {
        c.same(4);
      } else {
        c.act(Samples.unset(n), dx);
      }
      cases.add(
          c.floats(Samples.unset(chunks * 2 * channels), sumsTo(run.gradients(), chunks))
              .i64(rows)
              .i32(channels, chunk));
    }
  }
}
