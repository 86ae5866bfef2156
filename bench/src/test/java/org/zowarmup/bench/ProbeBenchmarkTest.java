package org.zowarmup.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ProbeJob;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.random.Distribution;

/** The probe benchmark times a probe: two evaluations, at w + eps z and at w - eps z. */
final class ProbeBenchmarkTest {
  @ParameterizedTest
  @CsvSource({"cnn, 4", "cnn, 16", "resnet18, 1"})
  void isTwoEvaluations(String model, int batch) {
    ProbeBenchmark benchmark = open(model, batch);
    try {
      List<ProbeJob> jobs = benchmark.jobs();
      for (int call = 0; call < 2; call++) {
        ProbeJob.Result found = benchmark.probe();
        ProbeJob job = jobs.get(call);
        assertEquals(batch, found.count());
        assertTrue(Double.isFinite(found.lossSumPlus()) && Double.isFinite(found.lossSumMinus()));
        assertNotEquals(found.lossSumPlus(), found.lossSumMinus());
        // the device's own passes, so to the bit
        assertEquals(loss("cpu", model, batch, job, 1), found.lossSumPlus());
        assertEquals(loss("cpu", model, batch, job, -1), found.lossSumMinus());
      }
    } finally {
      benchmark.close();
    }
  }

  /** The same against plain Java in double, whose figures no kernel made. */
  @Test
  void agreesWithTheReferenceDevice() {
    ProbeBenchmark benchmark = open("cnn", 4);
    try {
      ProbeJob job = benchmark.jobs().get(0);
      ProbeJob.Result found = benchmark.probe();
      double plus = loss("reference", "cnn", 4, job, 1);
      double minus = loss("reference", "cnn", 4, job, -1);
      assertEquals(plus, found.lossSumPlus(), 1e-5 * plus);
      assertEquals(minus, found.lossSumMinus(), 1e-5 * minus);
    } finally {
      benchmark.close();
    }
  }

  /** A job's directions and batches differ, and after all of them the first comes again. */
  @Test
  void rotatesThroughItsJobs() {
    ProbeBenchmark benchmark = open("cnn", 64);
    try {
      ProbeJob.Result first = benchmark.probe();
      ProbeJob.Result second = benchmark.probe();
      assertNotEquals(first, second);
      for (int call = 2; call < benchmark.jobs().size(); call++) {
        benchmark.probe();
      }
      assertEquals(first, benchmark.probe());
      assertEquals(Rig.IMAGES / 64, benchmark.jobs().size());
    } finally {
      benchmark.close();
    }
  }

  private static ProbeBenchmark open(String model, int batch) {
    ProbeBenchmark benchmark = new ProbeBenchmark();
    benchmark.model = model;
    benchmark.batch = batch;
    benchmark.open();
    return benchmark;
  }

  /** Loss sum of the job's batch at w + sign * eps * z, with w and z drawn by plain Java. */
  private static double loss(String device, String model, int batch, ProbeJob job, int sign) {
    try (Rig rig = new Rig(device, BenchModel.of(model));
        Executable lane = rig.device().compile(Plan.forward(rig.graph(), batch), 1)) {
      float[] w = InitialWeights.draw(rig.graph().layout(), Rig.SEED);
      for (ParameterTensor tensor : rig.graph().layout().tensors()) {
        float[] z = new float[tensor.size()];
        Distribution.RADEMACHER.fill(job.seed(), tensor.offset(), z);
        for (int i = 0; i < z.length; i++) {
          w[(int) tensor.offset() + i] += sign * ProbeBenchmark.EPSILON * z[i];
        }
      }
      Vector end = rig.zeros();
      end.write(w);
      Evaluation evaluation = lane.evaluate(end, rig.images(), job.samples());
      return evaluation.lossSum();
    }
  }
}
