package org.zowarmup.device.reference;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.device.kernels.KernelCase;
import org.zowarmup.device.kernels.Samples;
import org.zowarmup.device.kernels.Verdicts;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Pool;

/** Pooling against the reference device, with windows that overlap and pixels that are left out. */
public final class PoolKernelCases {
  private PoolKernelCases() {}

  public static List<KernelCase> all(boolean bf16) {
    List<KernelCase> cases = new ArrayList<>();
    for (Pool.Kind kind : Pool.Kind.values()) {
      add(cases, bf16, 2, new Shape(7, 5, 13), new Pool(kind, 2, 2));
      add(cases, bf16, 1, new Shape(9, 9, 3), new Pool(kind, 3, 2));
      add(cases, bf16, 2, new Shape(6, 7, 5), new Pool(kind, 2, 3));
      add(cases, bf16, 3, new Shape(4, 4, 33), new Pool(kind, Pool.WHOLE, 1));
    }
    return cases;
  }

  private static void add(List<KernelCase> cases, boolean bf16, int batch, Shape in, Pool pool) {
    Shape out = pool.outputShape("pool", List.of(in));
    int n = batch * in.elements();
    int m = batch * out.elements();
    float[] x = Samples.normal(40, n, bf16);
    x[n / 2] = x[n / 2 - in.channels()]; // two equal ones
    x[n - 1] = Float.NaN;
    float[] dy = Samples.normal(41, m, bf16);
    ReferenceRun run = new ReferenceRun(batch, 0);
    Pool.Forward op =
        new Pool.Forward(
            "pool", pool, in, out, run.value(Samples.doubles(x)), run.value(new double[m]));
    Pool.Backward gradient =
        new Pool.Backward(op, run.value(Samples.doubles(dy)), run.value(new double[n]));
    run.run(op);
    run.run(gradient);
    boolean max = pool.kind() == Pool.Kind.MAX;
    int[] shape = {
      batch,
      in.height(),
      in.width(),
      in.channels(),
      out.height(),
      out.width(),
      pool.windowHeight(in),
      pool.windowWidth(in),
      pool.stride()
    };
    String what =
        batch + " x " + in + ", window " + pool.windowHeight(in) + ", stride " + pool.stride();
    cases.add(
        KernelCase.of(max ? "maxPoolForward" : "averagePoolForward", what, bf16)
            .grid(2)
            .act(x)
            .act(Samples.unset(m), Verdicts.act(run.of(op.y()), bf16))
            .i32(shape));
    KernelCase back =
        KernelCase.of(max ? "maxPoolBackward" : "averagePoolBackward", what, bf16).grid(2);
    if (max) {
      back.act(x);
    }
    cases.add(
        back.act(dy).act(Samples.unset(n), Verdicts.act(run.of(gradient.dx()), bf16)).i32(shape));
  }
}
