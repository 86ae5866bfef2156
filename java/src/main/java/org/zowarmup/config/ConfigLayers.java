package org.zowarmup.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The trees of values, laid one over the other, that a config is made of.
 *
 * @param layers from the lowest, the defaults, to the one that wins
 */
public record ConfigLayers(List<Layer> layers) {
  /** Longer values push their own comment to the right, not everybody's. */
  private static final int WIDEST = 44;

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
    ObjectNode merged = defaults.deepCopy();
    for (Layer layer : layers.subList(1, layers.size())) {
      merged = merge(merged, layer.tree());
    }
    Shorthands.writeOut(merged, layers);
    return new TreeBinder(merged, defaults, "", "Top-level keys").bind(RunConfig.class);
  }

  /**
   * The layers that have a say in a section: those whose values went when a higher one changed the
   * section's kind are left out, as in {@link #merge}.
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

  /** The origin of a value: the highest layer that has it, null where none does. */
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

  /**
   * A new tree: sections are merged key by key, anything else in {@code over} replaces what is in
   * {@code base}. Where {@code over} changes the {@code kind} of a section, the section's other
   * keys from {@code base} go, because they belonged to the other plug-in. A section of {@code
   * base} that is left empty in {@code over} (null) stays as it is.
   */
  static ObjectNode merge(ObjectNode base, ObjectNode over) {
    ObjectNode merged = changesKind(base, over) ? ConfigTree.object() : base.deepCopy();
    for (Iterator<Map.Entry<String, JsonNode>> it = over.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      JsonNode below = merged.get(field.getKey());
      JsonNode above = field.getValue();
      if (below instanceof ObjectNode lower && above instanceof ObjectNode upper) {
        merged.set(field.getKey(), merge(lower, upper));
      } else if (!(below instanceof ObjectNode && above.isNull())) {
        merged.set(field.getKey(), above.deepCopy());
      }
    }
    return merged;
  }

  private static boolean changesKind(ObjectNode base, ObjectNode over) {
    return base.has(KindSection.KIND)
        && over.has(KindSection.KIND)
        && !base.get(KindSection.KIND).equals(over.get(KindSection.KIND));
  }

  /** A config as YAML with the origin of every value after it, in one column. */
  String annotate(ObjectNode tree) {
    List<Line> lines = new ArrayList<>();
    annotate(tree, layers, "", "default", lines);
    int column =
        lines.stream().mapToInt(line -> line.text.length()).filter(n -> n <= WIDEST).max().orElse(0)
            + 2;
    StringBuilder yaml = new StringBuilder();
    for (Line line : lines) {
      yaml.append(line.text);
      if (line.comment != null) {
        int gap = Math.max(2, column - line.text.length());
        yaml.append(" ".repeat(gap)).append("# ").append(line.comment);
      }
      yaml.append('\n');
    }
    return yaml.toString();
  }

  private record Line(String text, String comment) {}

  /**
   * @param otherwise origin of what no layer names: a default that belongs to the section's kind
   */
  private static void annotate(
      ObjectNode tree, List<Layer> named, String indent, String otherwise, List<Line> lines) {
    for (Iterator<Map.Entry<String, JsonNode>> it = tree.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      String key = indent + field.getKey() + ":";
      if (field.getValue() instanceof ObjectNode inner && !inner.isEmpty()) {
        lines.add(new Line(key, null));
        List<Layer> within = within(named, field.getKey());
        String kind = inner.path(KindSection.KIND).asText(null);
        String own = kind == null ? otherwise : "default of " + kind;
        annotate(inner, within, indent + "  ", own, lines);
      } else {
        String origin = origin(named, field.getKey());
        String value = ConfigTree.flow(field.getValue());
        lines.add(new Line(key + " " + value, origin == null ? otherwise : origin));
      }
    }
  }
}
