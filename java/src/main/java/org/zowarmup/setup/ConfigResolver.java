package org.zowarmup.setup;

import java.util.Map;
import org.zowarmup.config.ConfigSchema;
import org.zowarmup.config.KindSection;
import org.zowarmup.config.ResolvedConfig;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.partition.Partitioner;
import org.zowarmup.error.ConfigException;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.ShapeException;
import org.zowarmup.nn.models.Model;
import org.zowarmup.plugin.Plugins;

/** The plug-ins that a config names, with its keys filled in. */
public final class ConfigResolver {
  private ConfigResolver() {}

  /**
   * @throws ConfigException where the config names a plug-in that is not there, or a key that it
   *     does not have, or a value that a method cannot follow
   */
  public static ResolvedConfig resolve(RunConfig config) {
    for (String name : config.methods()) {
      Methods.find(name).check(config.warmup(), config.zo());
    }
    return new ResolvedConfig(config, model(config), partitioner(config));
  }

  /** The schema of all configs, with the plug-ins on the class path. */
  public static ConfigSchema schema() {
    return new ConfigSchema(
        Map.of(
            "model", Plugins.all(Model.class, Model::kind),
            "data.partition", Plugins.all(Partitioner.class, Partitioner::kind)),
        Map.of("data.source", DataSources.names(), "methods", Methods.names()));
  }

  public static Partitioner partitioner(RunConfig config) {
    KindSection section = config.data().partition();
    return section.bind(
        Plugins.find(Partitioner.class, Partitioner::kind, "data.partition.kind", section.kind()));
  }

  private static Model model(RunConfig config) {
    KindSection section = config.model();
    return section.bind(Plugins.find(Model.class, Model::kind, "model.kind", section.kind()));
  }

  /** The network that a config's model is for the images of a data set. */
  public static Graph graph(RunConfig config, DataSet data) {
    Shape input = new Shape(data.height(), data.width(), data.channels());
    return graph(config, input, data.classes());
  }

  /**
   * @param input shape of the images
   * @throws ConfigException where the images do not fit; it names the layer
   */
  public static Graph graph(RunConfig config, Shape input, int classes) {
    Model model = model(config);
    try {
      return model.build(input, classes);
    } catch (ShapeException e) {
      ConfigException failure =
          new ConfigException(
              "model",
              "expected a network that fits images of %s (height x width x channels), found kind %s with %s; choose another kind or other keys of it"
                  .formatted(input, model.kind(), e.getMessage()));
      failure.initCause(e);
      throw failure;
    }
  }
}
