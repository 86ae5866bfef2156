package org.zowarmup.federated.algorithm;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.executor.Executor;
import org.zowarmup.executor.LaneExecutor;
import org.zowarmup.executor.Workload;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Federation;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.op.Linear;
import org.zowarmup.nn.op.Loss;

/**
 * Softmax regression of three classes on two features, on a real device: the samples and optima of
 * logistic_regression.py, which found the latter by Newton's method in numpy.
 */
final class LogisticRegression implements AutoCloseable {
  static final long SEED = 23;

  final Graph graph;
  final ResidentImages images;
  final Executor executor;
  final Federation federation;
  private final Device device;
  private final BytePointer pixels;

  /**
   * @param loss the least mean loss
   * @param weights W[1] - W[0] and W[2] - W[0], each with its bias last
   */
  record Optimum(double loss, double[] weights) {}

  LogisticRegression(String deviceName) {
    Graph.Builder builder = Graph.builder("softmax regression", Shape.flat(2));
    builder.add("fc", new Linear(3), Graph.INPUT);
    this.graph = builder.build(new Loss(3));
    this.device = Devices.open(deviceName, 1).device();
    List<int[]> rows =
        lines("logistic-samples.csv").stream()
            .map(line -> Arrays.stream(line.split(",", -1)).mapToInt(Integer::parseInt).toArray())
            .toList();
    byte[] bytes = new byte[2 * rows.size()];
    for (int i = 0; i < rows.size(); i++) {
      bytes[2 * i] = (byte) rows.get(i)[1];
      bytes[2 * i + 1] = (byte) rows.get(i)[2];
    }
    float[] table = new float[2 * 256];
    IntStream.range(0, table.length).forEach(i -> table[i] = (i % 256 - 128) / 64f);
    int[] labels = rows.stream().mapToInt(row -> row[3]).toArray();
    this.pixels = new BytePointer(bytes);
    this.images = device.upload(new ImagePixels(pixels, graph.input(), labels, table));
    this.federation = new Federation(clients(rows));
    int batch = 32;
    Workload workload =
        new Workload(
            Plan.forward(graph, batch),
            100,
            Plan.forwardBackward(graph, batch),
            4,
            Plan.forward(graph, batch));
    this.executor = new LaneExecutor(device, workload, () -> false);
  }

  private static List<Client> clients(List<int[]> rows) {
    List<Client> clients = new ArrayList<>();
    for (int id = 0; id < 4; id++) {
      int client = id;
      int[] train = IntStream.range(0, rows.size()).filter(i -> rows.get(i)[0] == client).toArray();
      Client.Type type = id < 2 ? Client.Type.HIGH : Client.Type.LOW;
      clients.add(new Client(id, type, train, new int[0]));
    }
    return clients;
  }

  private static List<String> lines(String resource) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                LogisticRegression.class.getResourceAsStream(resource), StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param who high or all
   */
  static Optimum optimum(String who) {
    String[] line =
        lines("logistic-optimum.csv").stream()
            .filter(l -> l.startsWith(who + ","))
            .findFirst()
            .orElseThrow()
            .split(",", -1);
    double[] values = Arrays.stream(line).skip(1).mapToDouble(Double::parseDouble).toArray();
    return new Optimum(values[0], Arrays.copyOfRange(values, 1, values.length));
  }

  /** W[1] - W[0] and W[2] - W[0], each with its bias last. */
  double[] differences(float[] flat) {
    ParameterTensor weight = graph.layout().tensors().get(0);
    ParameterTensor bias = graph.layout().tensors().get(1);
    double[] differences = new double[6];
    for (int c = 1; c < 3; c++) {
      for (int j = 0; j < 2; j++) {
        int at = (int) weight.offset() + j;
        differences[3 * (c - 1) + j] = (double) flat[at + 2 * c] - flat[at];
      }
      int at = (int) bias.offset();
      differences[3 * (c - 1) + 2] = (double) flat[at + c] - flat[at];
    }
    return differences;
  }

  /** Weights with these differences, those of class 0 being 0. */
  float[] weights(double[] differences) {
    float[] flat = new float[(int) graph.layout().length()];
    int weight = (int) graph.layout().tensors().get(0).offset();
    int bias = (int) graph.layout().tensors().get(1).offset();
    for (int c = 1; c < 3; c++) {
      for (int j = 0; j < 2; j++) {
        flat[weight + 2 * c + j] = (float) differences[3 * (c - 1) + j];
      }
      flat[bias + c] = (float) differences[3 * (c - 1) + 2];
    }
    return flat;
  }

  FederatedContext context() {
    return new FederatedContext(federation, executor, images, SEED);
  }

  @Override
  public void close() {
    executor.close();
    images.close();
    device.close();
    pixels.close();
  }
}
