package org.zowarmup.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.zowarmup.error.ConfigException;

/**
 * The trees of values, laid one over the other, that a config is made of.
 *
 * @param layers from the lowest, the defaults, to the one that wins
 */
public record ConfigLayers(List<Layer> layers) {
  static final String COHORT = "warmup.cohort";

  /** The word for all high-resource clients. */
  static final String ALL = "all";

  private static final String WARMUP = "warmup";
  private static final String COHORT_KEY = "cohort";

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
   * @throws ConfigException where a key or value is not what it should be
   */
  public RunConfig config() {
    ObjectNode defaults = layers.get(0).tree();
    ObjectNode merged = defaults.deepCopy();
    for (Layer layer : layers.subList(1, layers.size())) {
      merged = merge(merged, layer.tree());
    }
    writeOut(merged, layers);
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

  /** Writes out what a config may say in short, so that a stored config says it in full. */
  private static void writeOut(ObjectNode merged, List<Layer> layers) {
    ownData(merged, layers);
    if (merged.get(WARMUP) instanceof ObjectNode warmup) {
      cohort(warmup, merged.path("clients"), layers.subList(1, layers.size()));
    }
  }

  /** Who gives a path over a config of the embedded images means what is there. */
  private static void ownData(ObjectNode merged, List<Layer> layers) {
    boolean path = false;
    for (Layer layer : layers) {
      JsonNode data = layer.tree().path("data");
      path = (path || data.path("path").isTextual()) && !data.has("source");
    }
    if (path
        && merged.get("data") instanceof ObjectNode data
        && data.path("source").asText().equals("fashion-mnist-mini")) {
      data.put("source", "auto");
    }
  }

  /**
   * {@value #ALL} and a part are of the high-resource clients; the default is no more than there
   * are.
   */
  private static void cohort(ObjectNode warmup, JsonNode clients, List<Layer> own) {
    JsonNode asked = warmup.path(COHORT_KEY);
    boolean given = own.stream().anyMatch(layer -> layer.tree().path(WARMUP).has(COHORT_KEY));
    boolean all = asked.isTextual() && asked.textValue().equals(ALL);
    double part = asked.isFloatingPointNumber() ? asked.doubleValue() : 1;
    boolean isPart = part > 0 && part < 1;
    if (given && !all && !isPart) {
      return;
    }
    OptionalInt high = high(clients);
    if (high.isEmpty()) {
      if (given) {
        throw new ConfigException(
            COHORT,
            "expected a number of clients, since which clients are high-resource is only known from"
                + " their memory (clients.high=memory); found "
                + asked.asText());
      }
      return;
    }
    if (!given) {
      warmup.put(COHORT_KEY, Math.max(1, Math.min(asked.asInt(), high.getAsInt())));
      return;
    }
    int of = (int) StrictMath.floor(high.getAsInt() * part + 0.5);
    warmup.put(COHORT_KEY, Math.max(1, of));
  }

  /** High-resource clients, as far as the config tells; empty where it does not, or is wrong. */
  private static OptionalInt high(JsonNode clients) {
    HighResource high = HighResource.read(clients.path("high"));
    int count = clients.path("count").asInt();
    return high == null || high instanceof HighResource.ByMemory
        ? OptionalInt.empty()
        : OptionalInt.of(high.of(count));
  }
}
