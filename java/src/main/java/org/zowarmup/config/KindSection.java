package org.zowarmup.config;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.RecordComponent;
import org.zowarmup.error.Require;

/**
 * A section whose {@code kind} names a plug-in and whose other keys belong to that plug-in, which
 * is a record of these keys.
 *
 * @param path dotted path of the section, for example {@code data.partition}
 * @param kind name of the plug-in
 * @param values the other keys as they were given; a copy, changing it changes nothing here
 */
public record KindSection(String path, String kind, ObjectNode values) {
  static final String KIND = "kind";

  static final String ABOUT_INIT =
      "safetensors or npz file with weights to start from (PyTorch's names and shapes); null: drawn"
          + " from the seed";

  /** Lists the kinds that a section of a config can have, for its documentation. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  @interface Kinds {
    String value();
  }

  /** Key of the section {@code model} that every kind has: a file with weights to start from. */
  public static final String INIT = "init";

  public KindSection {
    Require.that(!kind.isBlank(), KIND, "expected a name; found ''");
    values = values.deepCopy();
  }

  /** The kinds of a component of type {@link KindSection}. */
  static String kinds(RecordComponent component) {
    return component.getAnnotation(Kinds.class).value();
  }

  @Override
  public ObjectNode values() {
    return values.deepCopy();
  }

  /**
   * The plug-in with these keys.
   *
   * @param defaults the plug-in as its constructor without arguments makes it, a record; null is
   *     the value of a key only where null is allowed
   * @return a record of the same type: the defaults with the section's values laid over them
   * @throws org.zowarmup.error.ConfigException with the full path of a key that is unknown or whose
   *     value has the wrong type or range
   */
  public <T> T bind(T defaults) {
    ObjectNode base = ConfigTree.treeOf(defaults);
    ObjectNode own = values();
    if (hasInit()) {
      initOrNull(); // checks it
      own.remove(INIT);
    }
    @SuppressWarnings("unchecked")
    Class<T> type = (Class<T>) defaults.getClass();
    return new TreeBinder(
            ConfigLayers.merge(base, own), base, path, "Keys of " + path + " with kind " + kind)
        .bind(type);
  }

  /** True where {@link #INIT} is a key of this section. */
  boolean hasInit() {
    return path.equals("model");
  }

  /**
   * The file with the weights to start from, null where they are drawn at random.
   *
   * @throws org.zowarmup.error.ConfigException where the value is not a text
   */
  public String initOrNull() {
    JsonNode file = hasInit() ? values.path(INIT) : MissingNode.getInstance();
    Require.that(
        file.isMissingNode() || file.isNull() || (file.isTextual() && !file.asText().isBlank()),
        path + "." + INIT,
        "expected a safetensors file or null, found " + ConfigTree.describe(file));
    return file.isTextual() ? file.asText() : null;
  }

  /** The section as a config has it: kind first, then the other keys. */
  @JsonValue
  public ObjectNode tree() {
    ObjectNode tree = ConfigTree.object();
    tree.put(KIND, kind);
    tree.setAll(values.deepCopy());
    return tree;
  }
}
