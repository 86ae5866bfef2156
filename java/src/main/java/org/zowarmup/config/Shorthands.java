package org.zowarmup.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.OptionalInt;
import org.zowarmup.error.ConfigException;

/** Writes out what a config may say in short, so that a stored config says it in full. */
final class Shorthands {
  static final String COHORT = "warmup.cohort";

  /** The word for all high-resource clients. */
  static final String ALL = "all";

  private static final String SECTION = "warmup";
  private static final String KEY = "cohort";

  private Shorthands() {}

  /**
   * @param merged all layers together, changed in place
   * @param layers the defaults first
   */
  static void writeOut(ObjectNode merged, List<ConfigLayers.Layer> layers) {
    ownData(merged, layers);
    if (merged.get(SECTION) instanceof ObjectNode warmup) {
      cohort(warmup, merged.path("clients"), layers.subList(1, layers.size()));
    }
  }

  /** Who gives a path over a config of the embedded images means what is there. */
  private static void ownData(ObjectNode merged, List<ConfigLayers.Layer> layers) {
    boolean path = false;
    for (ConfigLayers.Layer layer : layers) {
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
  private static void cohort(ObjectNode warmup, JsonNode clients, List<ConfigLayers.Layer> own) {
    JsonNode asked = warmup.path(KEY);
    boolean given = own.stream().anyMatch(layer -> layer.tree().path(SECTION).has(KEY));
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
      warmup.put(KEY, Math.max(1, Math.min(asked.asInt(), high.getAsInt())));
      return;
    }
    int of = (int) StrictMath.floor(high.getAsInt() * part + 0.5);
    warmup.put(KEY, Math.max(1, of));
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
