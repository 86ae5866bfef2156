package org.zowarmup.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes a config with the origin of every value after it, in one column. */
final class AnnotatedYaml {
  /** Longer values push their own comment to the right, not everybody's. */
  private static final int WIDEST = 44;

  private final ConfigLayers layers;
  private final List<Line> lines = new ArrayList<>();

  private record Line(String text, String comment) {}

  AnnotatedYaml(ConfigLayers layers) {
    this.layers = layers;
  }

  String write(ObjectNode tree) {
    section(tree, layers.layers(), "", "default");
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

  /**
   * @param otherwise origin of what no layer names: a default that belongs to the section's kind
   */
  private void section(
      ObjectNode tree, List<ConfigLayers.Layer> named, String indent, String otherwise) {
    for (Iterator<Map.Entry<String, JsonNode>> it = tree.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      String key = indent + field.getKey() + ":";
      if (field.getValue() instanceof ObjectNode inner && !inner.isEmpty()) {
        lines.add(new Line(key, null));
        List<ConfigLayers.Layer> within = ConfigLayers.within(named, field.getKey());
        String kind = inner.path(KindSection.KIND).asText(null);
        section(inner, within, indent + "  ", kind == null ? otherwise : "default of " + kind);
      } else {
        String origin = ConfigLayers.origin(named, field.getKey());
        lines.add(
            new Line(key + " " + flow(field.getValue()), origin == null ? otherwise : origin));
      }
    }
  }

  /** A value on one line. */
  static String flow(JsonNode node) {
    return ConfigTree.flow(node, leaf -> ConfigTree.toYaml(leaf).strip());
  }
}
