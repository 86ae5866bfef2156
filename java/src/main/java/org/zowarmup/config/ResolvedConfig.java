package org.zowarmup.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A config with every key filled in, the plug-ins' own ones too: what a run folder keeps, so that
 * the run can be repeated after a default has changed.
 *
 * @param run the config; its sections model, loss and data.partition hold every key of their kind
 * @param model the model, a record with its keys
 * @param loss the loss, likewise
 * @param partition the partition, likewise
 * @param own methods and data sources of the run that have keys of their own, records by name
 */
public record ResolvedConfig(
    RunConfig run, Object model, Object loss, Object partition, Map<String, ?> own) {
  public ResolvedConfig {
    ObjectNode tree = ConfigTree.treeOf(run);
    tree.set("model", filled(run.model(), model));
    tree.set("loss", filled(run.loss(), loss));
    ((ObjectNode) tree.get("data")).set("partition", filled(run.data().partition(), partition));
    tree.set(OwnKeys.PATH, run.own().filled(own).sections());
    run = new TreeBinder(tree, tree, "", "Top-level keys").bind(RunConfig.class);
  }

  private static ObjectNode filled(KindSection section, Object bound) {
    ObjectNode values = ConfigTree.treeOf(bound);
    if (section.hasInit()) {
      values.put(KindSection.INIT, section.initOrNull());
    }
    return new KindSection(section.path(), section.kind(), values).tree();
  }

  /** YAML that {@link ConfigLoader} reads back to the same config. */
  public String toYaml() {
    return ConfigTree.toYaml(run);
  }

  /**
   * The same, every value followed by the place that it comes from as a comment.
   *
   * @param layers where the config was read from
   */
  public String toYaml(ConfigLayers layers) {
    return layers.annotate(ConfigTree.treeOf(run));
  }

  /**
   * The keys of a stored config, dotted, with their values: numbers, truth values and texts; a list
   * is a text on one line. Those that are null are left out.
   */
  public static Map<String, Object> values(Path file) {
    Map<String, Object> values = new LinkedHashMap<>();
    collect(ConfigTree.treeOf(ConfigLoader.load(file, List.of())), "", values);
    return values;
  }

  private static void collect(ObjectNode section, String path, Map<String, Object> values) {
    section
        .fields()
        .forEachRemaining(
            key -> {
              String at = ConfigTree.join(path, key.getKey());
              JsonNode value = key.getValue();
              if (value instanceof ObjectNode inner) {
                collect(inner, at, values);
              } else if (value.isNumber()) {
                values.put(at, value.numberValue());
              } else if (value.isBoolean()) {
                values.put(at, value.booleanValue());
              } else if (!value.isNull()) {
                values.put(at, value.isTextual() ? value.textValue() : ConfigTree.flow(value));
              }
            });
  }
}
