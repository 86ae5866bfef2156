package org.zowarmup.device.reference;

import java.util.ArrayList;
import java.util.List;
import org.zowarmup.device.kernels.KernelCase;
import org.zowarmup.device.kernels.Samples;
import org.zowarmup.device.kernels.Verdicts;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.Value;
import org.zowarmup.nn.op.Op;
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
    ReferenceProgram program = new ReferenceProgram(batch, 0, 0);
    Value[] values = new Value[4];
    double[][] contents = {Samples.doubles(x), new double[m], Samples.doubles(dy), new double[n]};
    for (int k = 0; k < values.length; k++) {
      values[k] = new Value(k, "value " + k, contents[k].length / batch);
      program.place(values[k], Tensor.of(contents[k]));
    }
    Pool.Forward forward = new Pool.Forward("pool", pool, in, out, values[0], values[1]);
    for (Op op : List.of(forward, new Pool.Backward(forward, values[2], values[3]))) {
      ReferenceProgram.STEPS.compile("reference", program, op).run(batch);
    }
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
            .act(Samples.unset(m), Verdicts.act(contents[1], bf16))
            .i32(shape));
    KernelCase back =
        KernelCase.of(max ? "maxPoolBackward" : "averagePoolBackward", what, bf16).grid(2);
    if (max) {
      back.act(x);
    }
    cases.add(back.act(dy).act(Samples.unset(n), Verdicts.act(contents[3], bf16)).i32(shape));
  }
}
