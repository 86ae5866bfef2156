package org.zowarmup.bench.gpu;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.bench.BenchModel;
import org.zowarmup.bench.Rig;
import org.zowarmup.device.Executable;
import org.zowarmup.device.Precision;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.SeedTerms;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Plan;
import org.zowarmup.random.Distribution;

/** The same work twice, each time on a device opened afresh: the results must have equal bits. */
final class Determinism {
  private static final String STEP = "determinism";

  private final Findings findings;
  private final String device;
  private final int samples;

  Determinism(Findings findings, String device, int samples) {
    this.findings = findings;
    this.device = device;
    this.samples = samples;
  }

  void run(BenchModel model) {
    for (Precision precision : Precision.values()) {
      long[] first = bits(model, precision);
      if (first.length == 0) {
        continue;
      }
      long[] second = bits(model, precision);
      long different = IntStream.range(0, first.length).filter(i -> first[i] != second[i]).count();
      String name = model.kind() + " " + precision + ", values with other bits in a second run";
      findings.atMost(STEP, name, (double) different, 0);
    }
  }

  /** Losses of probes and weights after training; none where the precision is not supported. */
  private long[] bits(BenchModel model, Precision precision) {
    try (Rig rig = new Rig(device, model, 1)) {
      if (!GpuCheck.runs(rig.device(), precision)) {
        return new long[0];
      }
      List<Long> bits = new ArrayList<>();
      Vector weights = rig.weights(Rig.SEED);
      Vector trained = rig.zeros();
      int[] batch = IntStream.range(0, samples).toArray();
      try (Executable forward =
          rig.device().compile(Plan.forward(rig.graph(), samples), 1, precision)) {
        ProbeJob[] jobs =
            IntStream.range(0, 8)
                .mapToObj(k -> new ProbeJob(SeedTerms.NONE, Rig.SEED + k, 1e-3f, batch))
                .toArray(ProbeJob[]::new);
        for (ProbeJob.Result r :
            forward.probe(weights, Distribution.RADEMACHER, rig.images(), jobs)) {
          bits.add(Double.doubleToRawLongBits(r.lossSumPlus()));
          bits.add(Double.doubleToRawLongBits(r.lossSumMinus()));
        }
      }
      try (Executable training =
          rig.device().compile(Plan.forwardBackward(rig.graph(), samples), 1, precision)) {
        TrainJob job =
            new TrainJob(List.of(batch, batch, batch), new TrainJob.Sgd(0.05f, 0.9f, 1e-5f));
        training.train(weights, trained, rig.images(), job);
      }
      for (float v : trained.read()) {
        bits.add((long) Float.floatToRawIntBits(v));
      }
      return bits.stream().mapToLong(Long::longValue).toArray();
    }
  }
}
