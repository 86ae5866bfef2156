package org.zowarmup.setup;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.zowarmup.config.ConfigSchema;
import org.zowarmup.config.ResolvedConfig;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.partition.PartitionerProvider;
import org.zowarmup.data.partition.Partitions;
import org.zowarmup.federated.methods.Methods;
import org.zowarmup.nn.models.ModelProvider;
import org.zowarmup.nn.models.Models;

/** What a config says once the plug-ins that it names have filled in their keys. */
public final class ConfigResolver {
  private ConfigResolver() {}

  /**
   * @throws org.zowarmup.error.ConfigException where the config names a plug-in that is not there,
   *     or a key that it does not have, or a value that a method cannot follow
   */
  public static ResolvedConfig resolve(RunConfig config) {
    for (String name : config.methods()) {
      Methods.find(name).check(config.warmup(), config.zo());
    }
    return new ResolvedConfig(
        config,
        BoundModel.of(config.model()).config(),
        BoundPartition.of(config.data().partition()).config());
  }

  /** The schema of all configs, with the plug-ins on the class path. */
  public static ConfigSchema schema() {
    List<ConfigSchema.Kind> models = new ArrayList<>();
    for (ModelProvider<?> model : Models.all()) {
      models.add(new ConfigSchema.Kind(model.kind(), model.configType(), model.defaults()));
    }
    List<ConfigSchema.Kind> partitions = new ArrayList<>();
    for (PartitionerProvider<?> part : Partitions.all()) {
      partitions.add(new ConfigSchema.Kind(part.kind(), part.configType(), part.defaults()));
    }
    return new ConfigSchema(
        Map.of("model", models, "data.partition", partitions),
        Map.of("data.source", DataSources.names(), "methods", Methods.names()));
  }
}
