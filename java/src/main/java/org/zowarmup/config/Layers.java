package org.zowarmup.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import java.util.Map;

/** Lays one tree of config values over another. */
final class Layers {
  private Layers() {}

  /**
   * A new tree: sections are merged key by key, anything else in {@code over} replaces what stands
   * in {@code base}. Where {@code over} changes the {@code kind} of a section, the section's other
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
}
