package org.zowarmup.config;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.zowarmup.error.Require;

/**
 * A section whose {@code kind} names a plug-in and whose other keys belong to that plug-in, which
 * reads them with {@link Binder}.
 *
 * @param path dotted path of the section, for example {@code data.partition}
 * @param kind name of the plug-in
 * @param values the other keys as they were given; a copy, changing it changes nothing here
 */
public record KindSection(String path, String kind, ObjectNode values) {
  static final String KIND = "kind";

  /** Key of the section {@code model} that every kind has: a file with weights to begin from. */
  public static final String INIT = "init";

  public KindSection {
    Require.that(!kind.isBlank(), KIND, "expected a name; found ''");
    values = values.deepCopy();
  }

  @Override
  public ObjectNode values() {
    return values.deepCopy();
  }

  /** Whether {@link #INIT} is a key of this section. */
  boolean hasInit() {
    return path.equals("model");
  }

  /**
   * The file with the weights to begin from, null where they are drawn at random.
   *
   * @throws org.zowarmup.error.ConfigException where the value is no text
   */
  public String initOrNull() {
    JsonNode file = hasInit() ? values.path(INIT) : MissingNode.getInstance();
    Require.that(
        file.isMissingNode() || file.isNull() || (file.isTextual() && !file.asText().isBlank()),
        path + "." + INIT,
        "expected a safetensors file or null, found " + ConfigTree.describe(file));
    return file.isTextual() ? file.asText() : null;
  }

  /** The section as it stands in a config: kind first, then the other keys. */
  @JsonValue
  public ObjectNode tree() {
    ObjectNode tree = ConfigTree.object();
    tree.put(KIND, kind);
    tree.setAll(values.deepCopy());
    return tree;
  }
}
