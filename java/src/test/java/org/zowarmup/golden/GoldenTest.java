package org.zowarmup.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;

/**
 * The models against PyTorch, which computed the golden files in fp64 from the same flat buffer:
 * logits, loss, every gradient and three steps of SGD with momentum and weight decay.
 */
final class GoldenTest {
  private static final double LOGITS = 1e-5;
  private static final double GRADIENT = 1e-4;

  /** Of the weights' change: three gradients, each taken at weights that differ by rounding. */
  private static final double CHANGE = 5e-4;

  @ParameterizedTest
  @CsvSource({
    "cpu,cnn",
    "cpu,resnet18",
    "cpu,resnet18-half",
    "cpu,vit",
    "cpu,vit-tiny",
    "cpu,vit-class-token",
    "reference,cnn",
    "reference,resnet18-half",
    "reference,vit-class-token"
  })
  void agreesWithPyTorch(String device, String name) {
    check(device, name, true);
  }

  /** Too slow in plain Java for the steps, which are gradients again. */
  @ParameterizedTest
  @ValueSource(strings = {"resnet18", "vit-tiny"})
  void theReferenceAgreesOnGradients(String name) {
    check("reference", name, false);
  }

  static void check(String deviceName, String name, boolean steps) {
    Golden golden = Golden.read(name);
    float[] weights = golden.weights();
    assertWeights(golden, weights);
    try (BytePointer pixels = new BytePointer(golden.pixels());
        Device device = Devices.open(deviceName, 2).device();
        ResidentImages images =
            device.upload(
                new ImagePixels(
                    pixels, golden.graph().input(), golden.labels(), golden.normalization()));
        Vector start = device.allocate(golden.graph().layout());
        Vector out = device.allocate(golden.graph().layout());
        Executable run = device.compile(Plan.forwardBackward(golden.graph(), golden.batch()), 1)) {
      start.write(weights);
      int[] batch = IntStream.range(0, golden.batch()).toArray();
      double loss = run.gradient(start, images, batch, out);
      assertRelative(golden.json().get("loss").doubleValue(), loss, LOGITS, "loss");
      double[] logits = Golden.numbers(golden.json().get("logits"));
      assertLogits(logits, run.logits(start, images, batch), LOGITS, "logits");
      assertTensors(golden, golden.json().get("gradients"), out.read(), null, GRADIENT);
      if (steps) {
        steps(golden, run, start, out, images, batch);
      }
    }
  }

  private static void steps(
      Golden golden, Executable run, Vector start, Vector out, ResidentImages images, int[] batch) {
    JsonNode sgd = golden.json().get("sgd");
    double[] losses = Golden.numbers(sgd.get("losses"));
    List<int[]> batches = Collections.nCopies(losses.length, batch);
    TrainJob.Sgd rule =
        new TrainJob.Sgd(
            sgd.get("lr").floatValue(),
            sgd.get("momentum").floatValue(),
            sgd.get("weightDecay").floatValue());
    TrainJob.Result result = run.train(start, out, images, new TrainJob(batches, rule));
    double lossSum = batch.length * java.util.Arrays.stream(losses).sum();
    assertRelative(lossSum, result.lossSum(), GRADIENT, "loss sum of three steps");
    assertTensors(golden, sgd.get("changes"), out.read(), start.read(), CHANGE);
    double[] logits = Golden.numbers(sgd.get("logitsAfter"));
    assertLogits(logits, run.logits(out, images, batch), CHANGE, "logits after three steps");
  }

  /** If this fails, the draws have changed since the files were written. */
  private static void assertWeights(Golden golden, float[] weights) {
    assertEquals(golden.json().get("parameters").longValue(), golden.graph().layout().parameters());
    for (ParameterTensor t : golden.graph().layout().tensors()) {
      double sum = 0;
      for (long i = t.offset(); i < t.end(); i++) {
        sum += (double) weights[(int) i] * weights[(int) i];
      }
      double expected = golden.json().get("weights").get(t.name()).doubleValue();
      assertRelative(expected, Math.sqrt(sum), 1e-7, "initial " + t.name());
    }
  }

  private static void assertTensors(
      Golden golden, JsonNode summaries, float[] values, float[] base, double tolerance) {
    double worst = 0;
    String where = "";
    for (ParameterTensor t : golden.graph().layout().tensors()) {
      double distance = Golden.distance(summaries.get(t.name()), t, values, base);
      assertTrue(Double.isFinite(distance), t.name());
      if (distance > worst) {
        worst = distance;
        where = t.name();
      }
    }
    assertTrue(worst <= tolerance, where + " is off by " + worst + ", allowed " + tolerance);
  }

  private static void assertLogits(
      double[] expected, float[] actual, double tolerance, String what) {
    assertEquals(expected.length, actual.length);
    double[] difference = new double[expected.length];
    for (int i = 0; i < difference.length; i++) {
      difference[i] = actual[i] - expected[i];
    }
    double error = Golden.norm(difference) / Golden.norm(expected);
    assertTrue(error <= tolerance, what + " are off by " + error + ", allowed " + tolerance);
  }

  private static void assertRelative(
      double expected, double actual, double tolerance, String what) {
    assertEquals(expected, actual, tolerance * Math.abs(expected), what);
  }

  /** The measure itself: it must see one changed element, wherever it is. */
  @Test
  void aWrongElementIsSeen() {
    Golden golden = Golden.read("vit-class-token");
    JsonNode gradients = golden.json().get("gradients");
    ParameterTensor t = golden.graph().layout().tensors().get(5);
    double norm = gradients.get(t.name()).get("norm").doubleValue();
    float[] zeros = new float[(int) golden.graph().layout().length()];
    assertTrue(Golden.distance(gradients.get(t.name()), t, zeros, null) >= 1);
    float[] off = zeros.clone();
    off[(int) t.offset() + 1] = (float) (1e3 * norm);
    assertEquals(1e3, Golden.distance(gradients.get(t.name()), t, off, null), 10);
  }
}
