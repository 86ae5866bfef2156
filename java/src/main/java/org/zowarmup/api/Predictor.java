package org.zowarmup.api;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Executable;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.Owned;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.device.Vector;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.nn.Plan;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.checkpoint.FinalWeights;
import org.zowarmup.record.weights.Safetensors.Tensor;
import org.zowarmup.record.weights.Weights;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.setup.LoadedData;
import org.zowarmup.setup.OwnParts;
import org.zowarmup.setup.ThreadBudget;

/**
 * Trained weights at work on images of any number. It is used by the thread that opened it, and
 * closed by it; calls from others are refused.
 */
public final class Predictor implements AutoCloseable {
  private static final int BATCH = 64;

  private final Graph graph;
  private final float[] normalization;
  private final List<String> classNames;
  private final Owned owned = new Owned();
  private final Device device;
  private final Executable executable;
  private final Vector weights;
  private final Thread owner = Thread.currentThread();
  private boolean closed;

  /**
   * @param fileOrNull what the images are normalized by where the config leaves it open and it says
   *     so, null for weights of this very config
   */
  private Predictor(
      RunConfig config,
      OwnParts parts,
      Function<ParameterLayout, float[]> weightsOf,
      Path fileOrNull) {
    try (LoadedData loaded = parts.open(config)) {
      DataSet data = loaded.data();
      graph = ConfigResolver.network(config, data, parts);
      Path init = ConfigLoader.pathOrNull("model.init", config.model().initOrNull());
      Path says = fileOrNull == null ? init : fileOrNull;
      normalization = loaded.normalization(config.data(), says, fileOrNull != null).by().table();
      classNames = data.train().classNames();
    }
    float[] flat = weightsOf.apply(graph.layout());
    try {
      device =
          owned.add(Devices.open(config.device(), ThreadBudget.threads(config.threads())).device());
      weights = owned.add(device.allocate(graph.layout()));
      weights.write(flat);
      executable = owned.add(device.compile(Plan.forward(graph, BATCH), 1));
    } catch (RuntimeException e) {
      owned.closeAfter(e);
      throw e;
    }
  }

  static Predictor of(RunConfig config, OwnParts parts, Map<String, Tensor> weights) {
    return new Predictor(config, parts, layout -> Weights.flat(layout, weights), null);
  }

  static Predictor of(RunConfig config, OwnParts parts, Path weights) {
    return new Predictor(config, parts, layout -> Weights.read(weights, layout), weights);
  }

  /**
   * Opens the weights at the end of a method in a run folder. Images are normalized by the training
   * set, so the data set that the run names must be where it was.
   *
   * @param run folder of a run
   * @param method its name in the config
   * @param seed of the run
   * @return to be closed by the caller
   * @throws UserErrorException where the folder has no such weights, or a part of the run is
   *     missing
   */
  public static Predictor of(Path run, String method, long seed) {
    RunFolder folder = RunFolder.existing(run);
    RunConfig config = ConfigLoader.load(folder.soundConfig(), List.of());
    Path weights = folder.weights(method, seed);
    try {
      return new Predictor(
          config, OwnParts.NONE, layout -> FinalWeights.read(weights, layout), null);
    } catch (ConfigException e) {
      throw new UserErrorException(
          "%s; weights of a run of objects are opened by simulation.predictor(%s), of a simulation with the same objects"
              .formatted(e.getMessage(), weights),
          e);
    }
  }

  /**
   * Names the classes.
   *
   * @return in the order of their numbers
   */
  public List<String> classNames() {
    return classNames;
  }

  /**
   * Classifies images.
   *
   * @param images [n, height, width, channels] uint8, row-major, as many as fit an array
   * @return the class with the largest logit [n], the first of several
   */
  public int[] classes(byte[] images) {
    float[] logits = logits(images);
    int classes = graph.classes();
    int[] best = new int[logits.length / classes];
    for (int i = 0; i < best.length; i++) {
      for (int c = 1; c < classes; c++) {
        if (logits[i * classes + c] > logits[i * classes + best[i]]) {
          best[i] = c;
        }
      }
    }
    return best;
  }

  /**
   * Computes logits of images.
   *
   * @param images [n, height, width, channels] uint8, row-major
   * @return [n, classes], row-major
   * @throws UserErrorException where the bytes are no whole number of images
   */
  public float[] logits(byte[] images) {
    requireOwner();
    if (closed) {
      throw new UserErrorException("predictor: expected one that is open, found it closed");
    }
    int size = Math.toIntExact(graph.input().elements());
    if (images.length == 0 || images.length % size != 0) {
      throw new UserErrorException(
          "images: expected a multiple of %d bytes, the size of %s; found %d"
              .formatted(size, graph.input(), images.length));
    }
    int count = images.length / size;
    float[] all = new float[Math.multiplyExact(count, graph.classes())];
    for (int from = 0; from < count; from += BATCH) {
      int n = Math.min(BATCH, count - from);
      byte[] part = Arrays.copyOfRange(images, from * size, (from + n) * size);
      try (BytePointer pixels = new BytePointer(part);
          ResidentImages resident =
              device.upload(new ImagePixels(pixels, graph.input(), new int[n], normalization))) {
        int[] samples = new int[n];
        Arrays.setAll(samples, i -> i);
        float[] logits = executable.logits(weights, resident, samples);
        System.arraycopy(logits, 0, all, from * graph.classes(), logits.length);
      }
    }
    return all;
  }

  /** What it computes with is shared by its calls. */
  private void requireOwner() {
    if (Thread.currentThread() != owner) {
      throw new UserErrorException(
          "predictor: expected calls from %s, the thread that opened it, found %s; open one for each thread"
              .formatted(owner.getName(), Thread.currentThread().getName()));
    }
  }

  @Override
  public void close() {
    requireOwner();
    closed = true;
    owned.close();
  }
}
