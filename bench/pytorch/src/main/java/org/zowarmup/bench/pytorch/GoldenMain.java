package org.zowarmup.bench.pytorch;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.random.Directions;

/**
 * Writes the golden files that the tests hold every device against: logits, loss, gradients and
 * three steps of SGD as PyTorch computes them in fp64 from our flat buffer. A gradient is written
 * as its norm, a few elements and its products with a few random sign directions: the mean square
 * of the difference of such products is, in expectation, the square of the norm of the difference
 * of the gradients, so that a small file checks every element.
 */
public final class GoldenMain {
  private static final int STEPS = 3;

  // as fp32 holds them: PyTorch is given the same numbers
  private static final float LR = 0.1f;
  private static final float MOMENTUM = 0.9f;
  private static final float WEIGHT_DECAY = 1e-3f;

  private static final int PROJECTIONS = 4;
  private static final int ELEMENTS = 4;
  private static final int USER_ERROR = 2;

  private final ObjectMapper json = new ObjectMapper();

  private GoldenMain() {}

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1 || !Files.isDirectory(Path.of(arguments[0]))) {
      System.err.println("bench/run --golden: expected one argument, the folder to write to");
      System.exit(USER_ERROR);
    }
    torch.set_num_threads(Runtime.getRuntime().availableProcessors());
    for (GoldenCase golden : GoldenCase.all()) {
      Path file = Path.of(arguments[0], golden.name() + ".json");
      new GoldenMain().write(golden, file);
      System.out.println("wrote " + file);
    }
  }

  private void write(GoldenCase golden, Path file) throws IOException {
    GoldenRun run = new GoldenRun(golden);
    ObjectNode root = json.createObjectNode();
    root.put("source", "PyTorch " + Loader.getVersion("org.bytedeco", "pytorch") + ", fp64");
    root.set("model", golden.model(json));
    var shape = golden.graph().input();
    root.putArray("input").add(shape.height()).add(shape.width()).add(shape.channels());
    root.put("classes", golden.graph().classes());
    root.put("batch", golden.batch());
    root.put("seed", golden.seed());
    root.put("parameters", golden.graph().layout().parameters());
    numbers(root.putArray("logits"), run.logits());
    root.put("loss", run.backward());
    Map<String, double[]> before = new LinkedHashMap<>();
    ObjectNode gradients = root.putObject("gradients");
    ObjectNode weights = root.putObject("weights");
    for (ParameterTensor t : golden.graph().layout().tensors()) {
      before.put(t.name(), run.values(t));
      weights.put(t.name(), rounded(norm(run.values(t))));
      summary(gradients.putObject(t.name()), t, run.gradient(t));
    }
    ObjectNode sgd = root.putObject("sgd");
    sgd.put("lr", LR).put("momentum", MOMENTUM).put("weightDecay", WEIGHT_DECAY);
    run.train(STEPS, LR, MOMENTUM, WEIGHT_DECAY).forEach(sgd.putArray("losses")::add);
    numbers(sgd.putArray("logitsAfter"), run.logits());
    ObjectNode changes = sgd.putObject("changes");
    for (ParameterTensor t : golden.graph().layout().tensors()) {
      double[] change = run.values(t);
      double[] old = before.get(t.name());
      for (int i = 0; i < change.length; i++) {
        change[i] -= old[i];
      }
      summary(changes.putObject(t.name()), t, change);
    }
    Files.writeString(file, text(root), StandardCharsets.UTF_8);
  }

  private static void summary(ObjectNode to, ParameterTensor tensor, double[] values) {
    to.put("norm", rounded(norm(values)));
    ArrayNode projections = to.putArray("projections");
    for (long seed = 0; seed < PROJECTIONS; seed++) {
      float[] signs = new float[values.length];
      Directions.rademacher(seed, tensor.offset(), signs);
      double sum = 0;
      for (int i = 0; i < values.length; i++) {
        sum += signs[i] * values[i];
      }
      projections.add(rounded(sum));
    }
    // evenly spread, the first one among them
    ArrayNode elements = to.putArray("elements");
    for (int k = 0; k < Math.min(ELEMENTS, values.length); k++) {
      elements.add(rounded(values[(int) ((long) k * values.length / ELEMENTS)]));
    }
  }

  private static double norm(double[] values) {
    double sum = 0;
    for (double v : values) {
      sum += v * v;
    }
    return Math.sqrt(sum);
  }

  /** Nine significant digits: two more than what is compared. */
  private static double rounded(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.8e", value));
  }

  private static void numbers(ArrayNode to, double[] values) {
    for (double v : values) {
      to.add(rounded(v));
    }
  }

  private String text(ObjectNode root) throws IOException {
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
    printer.indentObjectsWith(new DefaultIndenter(" ", "\n"));
    return json.writer(printer).writeValueAsString(root) + "\n";
  }
}
