package org.zowarmup.bench.rivals;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.zowarmup.bench.Rig;
import org.zowarmup.bench.peers.Batches;
import org.zowarmup.bench.peers.OurSide;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.device.Evaluation;
import org.zowarmup.device.Executable;
import org.zowarmup.device.TrainJob;
import org.zowarmup.device.Vector;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.models.Model;
import org.zowarmup.plugin.Plugins;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.weights.Npz;
import org.zowarmup.record.weights.Safetensors.Tensor;
import org.zowarmup.record.weights.Weights;
import org.zowarmup.run.Experiment;

/**
 * Our side of a comparison that {@code bench/rivals} runs, a process that works when it is told to:
 * for each line "go N" of its standard input it does N steps, or one round, and prints their wall
 * and processor seconds. So both sides can take turns without starting anew.
 */
public final class OurTurns {
  private static final int CLASSES = 10;

  private final BufferedReader orders =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private long wallStart;
  private long processorStart;

  private OurTurns() {}

  /**
   * @param words {@code step OPERATION MODEL SIDE CHANNELS BATCH THREADS FOLDER} or {@code rounds
   *     CONFIG key=value...}
   */
  public static void main(String[] words) {
    if (words[0].equals("step")) {
      Graph graph =
          Plugins.find(Model.class, Model::kind, "model.kind", words[2])
              .build(new Shape(number(words[3]), number(words[3]), number(words[4])), CLASSES);
      new OurTurns().steps(words[1], graph, number(words[5]), number(words[6]), Path.of(words[7]));
    } else {
      new OurTurns().rounds(Path.of(words[1]), List.of(words).subList(2, words.length));
    }
  }

  private static int number(String word) {
    return Integer.parseInt(word);
  }

  /** Waits for an order; how many steps, or 0 where no more are wanted. */
  private int nextOrder() {
    try {
      String line = orders.readLine();
      int count = line == null ? 0 : number(line.substring("go ".length()).strip());
      processorStart = system.getProcessCpuTime();
      wallStart = System.nanoTime();
      return count;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void report(int count) {
    double wall = (System.nanoTime() - wallStart) * 1e-9 / count;
    double processor = (system.getProcessCpuTime() - processorStart) * 1e-9 / count;
    say(String.format(Locale.ROOT, "{\"wall\": %.9f, \"processor\": %.9f}", wall, processor));
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private void rounds(Path file, List<String> changes) {
    RunListener turns =
        new RunListener() {
          @Override
          public void phaseStarted(PhaseInfo phase) {
            say("{\"ready\": 0}");
            nextOrder();
          }

          @Override
          public void roundFinished(RoundMetrics metrics) {
            report(1);
            if (nextOrder() == 0) {
              System.exit(0);
            }
          }
        };
    new Experiment()
        .run(ConfigLoader.load(file, changes), null, List.of("bench/rivals"), turns, () -> false);
  }

  /**
   * The loss of the first batch goes out first, with weights and batch as files, to be compared.
   */
  private void steps(String operation, Graph graph, int batch, int threads, Path folder) {
    boolean training = operation.equals("train");
    Plan plan = training ? Plan.forwardBackward(graph, batch) : Plan.forward(graph, batch);
    int[] samples = IntStream.range(0, batch).toArray();
    try (Rig rig = new Rig("cpu", graph, threads);
        Executable lane = rig.device().compile(plan, 1)) {
      Vector weights = rig.weights(Rig.SEED);
      writeInputs(rig, weights, samples, folder);
      Evaluation first = lane.evaluate(weights, rig.images(), samples);
      say(String.format(Locale.ROOT, "{\"ready\": %.9f}", first.lossSum() / batch));
      Runnable step = step(operation, rig, lane, weights, samples);
      for (int count = nextOrder(); count > 0; count = nextOrder()) {
        for (int i = 0; i < count; i++) {
          step.run();
        }
        report(count);
      }
    }
  }

  private static Runnable step(
      String operation, Rig rig, Executable lane, Vector weights, int[] samples) {
    return switch (operation) {
      case "forward" -> () -> lane.evaluate(weights, rig.images(), samples);
      case "train" -> {
        TrainJob job = new TrainJob(List.of(samples), new TrainJob.Sgd(Batches.LR, 0, 0));
        yield () -> lane.train(weights, weights, rig.images(), job);
      }
      case "zo" -> {
        long[] seed = {0};
        yield () ->
            OurSide.zoStep(rig, lane, weights, samples, ++seed[0], Batches.EPSILON, Batches.LR);
      }
      default ->
          throw new IllegalArgumentException(
              "operation: expected forward, train or zo, found " + operation);
    };
  }

  private static void writeInputs(Rig rig, Vector weights, int[] samples, Path folder) {
    Npz.write(folder.resolve("weights.npz"), Weights.tensors(rig.graph().layout(), weights.read()));
    Shape shape = rig.graph().input();
    int[] labels = rig.labels(samples);
    float[] classes = new float[labels.length];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = labels[i];
    }
    int[] extents = {samples.length, shape.height(), shape.width(), shape.channels()};
    Npz.write(
        folder.resolve("batch.npz"),
        List.of(
            new Tensor("images", extents, rig.normalized(samples)),
            new Tensor("labels", new int[] {samples.length}, classes)));
  }
}
