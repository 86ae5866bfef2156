package org.zowarmup.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * What a config is made of: trees of values that are laid one over the other.
 *
 * @param layers from the lowest, the defaults, to the one that wins
 */
public record ConfigLayers(List<Layer> layers) {
  /**
   * One tree of values.
   *
   * @param origin how people call the place that it was read from
   */
  public record Layer(String origin, ObjectNode tree) {}

  public ConfigLayers {
    layers = List.copyOf(layers);
  }

  /**
   * All layers together.
   *
   * @throws org.zowarmup.error.ConfigException where a key or value is not what it should be
   */
  public RunConfig config() {
    ObjectNode defaults = layers.get(0).tree();
    ObjectNode merged = defaults;
    for (Layer layer : layers.subList(1, layers.size())) {
      merged = Layers.merge(merged, layer.tree());
    }
    return new TreeBinder(merged, defaults, "", "Top-level keys").bind(RunConfig.class);
  }

  /**
   * The layers that have a say in a section: those whose values went when a higher one changed the
   * section's kind are left out, as in {@link Layers#merge}.
   */
  static List<Layer> within(List<Layer> layers, String section) {
    List<Layer> within = new ArrayList<>();
    String kind = null;
    for (Layer layer : layers) {
      if (layer.tree().get(section) instanceof ObjectNode tree) {
        String own = tree.path(KindSection.KIND).asText(null);
        if (own != null && kind != null && !own.equals(kind)) {
          within.clear();
        }
        kind = own == null ? kind : own;
        within.add(new Layer(layer.origin(), tree));
      }
    }
    return within;
  }

  /** Where a value came from: the highest layer that has it, null where none does. */
  static String origin(List<Layer> layers, String key) {
    String origin = null;
    for (Layer layer : layers) {
      JsonNode value = layer.tree().get(key);
      if (value != null) {
        origin = layer.origin();
      }
    }
    return origin;
  }
}
