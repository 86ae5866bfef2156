package org.zowarmup.setup;

import java.util.function.Supplier;
import org.zowarmup.config.HeteroFlConfig;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.ConfigException;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.ShapeException;
import org.zowarmup.nn.SubNetwork;

/** The sub-network of a config's model, where a method trains one. */
public final class SubModel {
  private SubModel() {}

  /**
   * @param graph the model
   * @return null where no method trains a sub-network
   * @throws ConfigException where a part of the model cannot be taken; it names the layer
   */
  public static Graph of(RunConfig config, Graph graph) {
    if (config.methods().stream().map(Methods::find).noneMatch(Method::trainsSubNetwork)) {
      return null;
    }
    HeteroFlConfig wanted = config.heterofl();
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
      ConfigException failure =
          new ConfigException(
              key, "expected %s %s; %s".formatted(expected, e.getMessage(), advice));
      failure.initCause(e);
      throw failure;
    }
  }
}
