package org.zowarmup.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.Federation;
import org.zowarmup.nn.Graph;
import org.zowarmup.setup.ClientMemory;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.setup.FederationBuilder;
import org.zowarmup.setup.LoadedData;

/**
 * A config's partition among the clients, for its first seed, without training anything.
 *
 * @param classNames one a class
 * @param clients in the order of their numbers
 * @param unused training images that no client has
 */
public record PartitionInspection(
    String source, long seed, List<String> classNames, List<Part> clients, int unused) {

  /**
   * One client's images, those held back for validation included.
   *
   * @param high whether it is high-resource
   * @param validation how many of its images it holds back
   * @param perClass images of each class
   */
  public record Part(int client, boolean high, int validation, int[] perClass) {
    public int images() {
      return Arrays.stream(perClass).sum();
    }

    /** Classes of which it has an image. */
    public int classes() {
      return (int) Arrays.stream(perClass).filter(n -> n > 0).count();
    }

    /**
     * The exponential of the entropy of its class shares: the number of equally frequent classes
     * that would be as mixed.
     */
    public double effectiveClasses() {
      double images = images();
      double entropy = 0;
      for (int n : perClass) {
        if (n > 0) {
          entropy -= n / images * Math.log(n / images);
        }
      }
      return Math.exp(entropy);
    }
  }

  public PartitionInspection {
    classNames = List.copyOf(classNames);
    clients = List.copyOf(clients);
  }

  /** Deals out the images of a config. */
  public static PartitionInspection of(RunConfig config) {
    ConfigResolver.resolve(config);
    try (LoadedData loaded = LoadedData.open(config)) {
      DataSet data = loaded.data();
      Graph graph = ConfigResolver.graph(config, data);
      Federation federation =
          FederationBuilder.build(
              data.train(),
              ConfigResolver.partitioner(config),
              config,
              () -> ClientMemory.of(config, graph),
              config.seed());
      return of(config.seed(), data, federation);
    }
  }

  private static PartitionInspection of(long seed, DataSet data, Federation federation) {
    int[] labels = data.train().labels();
    List<Part> parts = new ArrayList<>();
    int used = 0;
    for (Client client : federation.clients()) {
      int[] perClass = new int[data.classes()];
      count(client.train(), labels, perClass);
      count(client.validation(), labels, perClass);
      Part part =
          new Part(
              client.id(), client.type() == Client.Type.HIGH, client.validation().length, perClass);
      used += part.images();
      parts.add(part);
    }
    return new PartitionInspection(
        data.source(), seed, data.train().classNames(), parts, labels.length - used);
  }

  private static void count(int[] samples, int[] labels, int[] perClass) {
    for (int sample : samples) {
      perClass[labels[sample]]++;
    }
  }

  /** Images of each class that the high-resource clients hold together. */
  public int[] heldByHigh() {
    int[] held = new int[classNames.size()];
    for (Part part : clients) {
      for (int c = 0; part.high() && c < held.length; c++) {
        held[c] += part.perClass()[c];
      }
    }
    return held;
  }
}
