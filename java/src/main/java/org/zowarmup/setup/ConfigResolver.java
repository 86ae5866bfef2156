package org.zowarmup.setup;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.ConfigSchema;
import org.zowarmup.config.ResolvedConfig;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.data.partition.Partitioner;
import org.zowarmup.error.ConfigException;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.InitialWeights;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.ShapeException;
import org.zowarmup.nn.SubNetwork;
import org.zowarmup.nn.models.Model;
import org.zowarmup.nn.op.SampleLoss;
import org.zowarmup.plugin.Own;
import org.zowarmup.plugin.Plugins;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.weights.Weights;

/**
 * Plug-ins that a config names, its keys filled in, and the networks and weights that they give.
 */
public final class ConfigResolver {
  private ConfigResolver() {}

  /**
   * @throws ConfigException where the config names a plug-in that is not there, or a key that it
   *     does not have, or a value that a method cannot follow
   */
  public static ResolvedConfig resolve(RunConfig config) {
    return resolve(config, OwnParts.NONE);
  }

  /** The same with objects that a program gives. */
  public static ResolvedConfig resolve(RunConfig config, OwnParts parts) {
    for (Method method : parts.methods(config)) {
      method.check(config.warmup(), config.zo());
    }
    config.own().requireKnown(parts.withKeys());
    return new ResolvedConfig(
        config,
        parts.model(config),
        parts.loss(config),
        parts.partitioner(config),
        parts.withKeys(config));
  }

  /** The schema of all configs, with the plug-ins on the class path. */
  public static ConfigSchema schema() {
    return new ConfigSchema(
        Map.of(
            "model", Plugins.all(Model.class, Model::kind),
            "loss", Plugins.all(SampleLoss.class, SampleLoss::kind),
            "data.partition", Plugins.all(Partitioner.class, Partitioner::kind),
            "own", OwnParts.NONE.withKeys()),
        Map.of(
            "data.source", DataSources.names(),
            "data.background", List.of("black", "white"),
            "methods", Methods.names()));
  }

  public static Partitioner partitioner(RunConfig config) {
    return OwnParts.NONE.partitioner(config);
  }

  /** The network that a config's model is for the images of a data set, with the config's loss. */
  public static Graph graph(RunConfig config, DataSet data) {
    return graph(config, data, OwnParts.NONE);
  }

  /** The same with objects that a program gives. */
  public static Graph graph(RunConfig config, DataSet data, OwnParts parts) {
    return network(config, data, parts)
        .with(Own.named(SampleLoss.class, "loss", parts.loss(config)));
  }

  /** The same where its loss is not asked for. */
  public static Graph network(RunConfig config, DataSet data, OwnParts parts) {
    Shape input = new Shape(data.height(), data.width(), data.channels());
    return graph(parts.model(config), input, data.classes());
  }

  /** The network of a run, whose data and loss are not needed for it. */
  public static Graph graph(RunConfig config, RunIdentity identity) {
    return graph(config, identity.input(), identity.classes());
  }

  /**
   * @param input shape of the images
   * @throws ConfigException where the images do not fit; it names the layer
   */
  public static Graph graph(RunConfig config, Shape input, int classes) {
    return graph(OwnParts.NONE.model(config), input, classes);
  }

  private static Graph graph(Model model, Shape input, int classes) {
    if (classes < 2) {
      throw new ConfigException(
          "data.path",
          "expected images of at least 2 classes, found %d; give a data set whose classes are told apart"
              .formatted(classes));
    }
    try {
      Graph graph = Own.named(Model.class, "model", model).build(input, classes);
      if (!graph.input().equals(input)
          || graph.classes() != classes
          || graph.layout().parameters() == 0) {
        throw new ConfigException(
            "model",
            "expected a network with parameters for images of %s (height x width x channels) and %d classes, found one of %,d parameters for %s and %d from %s"
                .formatted(
                    input,
                    classes,
                    graph.layout().parameters(),
                    graph.input(),
                    graph.classes(),
                    Own.name(model)));
      }
      return graph;
    } catch (ShapeException e) {
      throw new ConfigException(
          "model",
          "expected a network that fits images of %s (height x width x channels), found kind %s with %s; choose another kind or other keys of it"
              .formatted(input, model.kind(), e.getMessage()),
          e);
    }
  }

  /**
   * The weights that a run starts from: those of {@code model.init}, the same under every seed;
   * without it, drawn from the seed.
   *
   * @return a flat buffer in the layout's order
   */
  public static float[] startWeights(RunConfig config, Graph graph, long seed) {
    String file = config.model().initOrNull();
    if (file == null) {
      return InitialWeights.draw(graph.layout(), seed);
    }
    Path path = ConfigLoader.pathOrNull("model.init", file);
    return Weights.read(path, graph.layout());
  }

  /** SHA-256 of every file that a config names beside its data set, by key. */
  public static Map<String, String> inputs(RunConfig config, OwnParts parts) {
    Map<String, String> inputs = new LinkedHashMap<>();
    String init = config.model().initOrNull();
    if (init != null) {
      inputs.put("model.init", sha256("model.init", ConfigLoader.pathOrNull("model.init", init)));
    }
    for (Path file : parts.partitioner(config).files()) {
      inputs.merge(
          "data.partition", sha256("data.partition", file), (one, other) -> one + " " + other);
    }
    return inputs;
  }

  private static String sha256(String key, Path file) {
    try (InputStream in = FileBytes.stream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      in.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new ConfigException(
          key,
          "expected a file that can be read, found %s: %s".formatted(file, RunFolder.reason(e)),
          e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /**
   * The sub-network of a config's model, where a method trains one.
   *
   * @param methods those of the run
   * @param graph the model
   * @return null where no method trains a sub-network
   * @throws ConfigException where a part of the model cannot be taken; it names the layer
   */
  public static Graph subNetworkOrNull(RunConfig config, List<Method> methods, Graph graph) {
    if (methods.stream().noneMatch(Method::trainsSubNetwork)) {
      return null;
    }
    RunConfig.HeteroFl wanted = config.heterofl();
    Graph narrower =
        fitting(
            () -> SubNetwork.of(graph, wanted.width()),
            "heterofl.width",
            "a width at which model %s has a sub-network, found %s with"
                .formatted(graph.name(), wanted.width()),
            "choose another width or model, or leave heterofl out of methods");
    return wanted.scaler()
        ? fitting(
            () -> SubNetwork.withScaler(narrower, wanted.width()),
            "heterofl.scaler",
            "false for model %s, found true with".formatted(graph.name()),
            "set heterofl.scaler=false or choose another model")
        : narrower;
  }

  private static Graph fitting(Supplier<Graph> made, String key, String expected, String advice) {
    try {
      return made.get();
    } catch (ShapeException e) {
      throw new ConfigException(
          key, "expected %s %s; %s".formatted(expected, e.getMessage(), advice), e);
    }
  }
}
