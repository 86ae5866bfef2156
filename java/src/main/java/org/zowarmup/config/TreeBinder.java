package org.zowarmup.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.zowarmup.config.StrictScalars.WrongType;
import org.zowarmup.error.ConfigException;

/** Binds a tree of values to a record; what does not fit is a {@link ConfigException}. */
final class TreeBinder {
  /** Records that are no sections of a config. */
  private static final Set<Class<?>> WRITTEN_AS_ONE_VALUE =
      Set.of(KindSection.class, LearningRate.class, MemoryBudgets.class);

  private final ObjectNode tree;
  private final ObjectNode defaults;
  private final String prefix;
  private final String keysOf;

  /**
   * @param tree the values, complete
   * @param defaults the default of every key: null may stand only where it is the default
   * @param prefix dotted path of the tree in the config, empty for the whole
   * @param keysOf how to introduce the list of keys at the top of this tree
   */
  TreeBinder(ObjectNode tree, ObjectNode defaults, String prefix, String keysOf) {
    this.tree = tree;
    this.defaults = defaults;
    this.prefix = prefix;
    this.keysOf = keysOf;
  }

  <T> T bind(Class<T> type) {
    // First of all: a mistyped key is often why another one is missing.
    refuseUnknown(tree, type, type, prefix);
    refuseNull(tree, defaults, prefix);
    try {
      return ConfigTree.MAPPER.treeToValue(tree, type);
    } catch (JsonMappingException e) {
      throw explain(e);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree that is no tree", e);
    }
  }

  private static void refuseNull(JsonNode node, JsonNode fallback, String path) {
    for (Iterator<Map.Entry<String, JsonNode>> it = node.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      String at = ConfigTree.join(path, field.getKey());
      JsonNode expected = fallback.path(field.getKey());
      if (field.getValue().isNull() && !expected.isNull() && !expected.isMissingNode()) {
        String such = expected.isValueNode() ? " such as " + expected.asText() : "";
        throw new ConfigException(at, "expected a value" + such + "; found nothing (null)");
      }
      for (JsonNode item : field.getValue()) {
        if (field.getValue().isArray() && item.isNull()) {
          throw new ConfigException(at, "expected a list without empty items; found a null in it");
        }
      }
      refuseNull(field.getValue(), expected, at);
    }
  }

  private RuntimeException explain(JsonMappingException e) {
    String path = prefix;
    JsonNode found = tree;
    for (JsonMappingException.Reference step : e.getPath()) {
      boolean named = step.getFieldName() != null;
      path =
          named ? ConfigTree.join(path, step.getFieldName()) : path + "[" + step.getIndex() + "]";
      found = named ? found.path(step.getFieldName()) : found.path(step.getIndex());
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConfigException own) {
        return inFull(own, path);
      }
    }
    if (e instanceof MismatchedInputException wrong) {
      String expected =
          wrong instanceof WrongType ? wrong.getOriginalMessage() : expected(wrong.getTargetType());
      boolean quotable = expected.equals("text") && found.isValueNode() && !found.isNull();
      return new ConfigException(
          path,
          "expected %s, found %s%s"
              .formatted(
                  expected,
                  ConfigTree.describe(found),
                  quotable ? "; put it in quotes to make it text" : ""));
    }
    return new IllegalStateException("cannot bind " + path, e);
  }

  /** A record's own check knows the field's name only; this puts the section in front. */
  private static ConfigException inFull(ConfigException own, String section) {
    ConfigException full =
        new ConfigException(
            ConfigTree.join(section, own.path()),
            own.getMessage().substring(own.path().length() + 2));
    full.initCause(own);
    return full;
  }

  private static String expected(Class<?> type) {
    if (type == null) {
      return "another value";
    }
    if (type.isEnum()) {
      return "one of "
          + String.join(
              ", ", Arrays.stream(type.getEnumConstants()).map(Object::toString).toList());
    }
    if (type.isRecord()) {
      return "a section with the keys " + String.join(", ", keys(type));
    }
    if (type.isArray() || Collection.class.isAssignableFrom(type)) {
      return "a list such as [a, b]";
    }
    return type.getSimpleName();
  }

  private void refuseUnknown(JsonNode node, Class<?> section, Class<?> root, String path) {
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!keys(section).contains(name)) {
        throw unknownKey(name, path, section, root);
      }
    }
    for (RecordComponent component : section.getRecordComponents()) {
      JsonNode value = node.path(component.getName());
      if (isSection(component.getType()) && value.isObject()) {
        String at = ConfigTree.join(path, component.getName());
        refuseUnknown(value, component.getType(), root, at);
      }
    }
  }

  private ConfigException unknownKey(String typed, String path, Class<?> section, Class<?> root) {
    List<String> known = keys(section);
    Optional<String> meant =
        Suggestion.closest(typed, known)
            .map(key -> ConfigTree.join(path, key))
            .or(() -> sameKeyElsewhere(typed, root));
    String hint =
        typed.contains(".")
            ? "unknown key (dots join names on the command line only; in a file indent the key"
                + " below its section)."
            : "unknown key" + meant.map(key -> "; did you mean " + key + "?").orElse(".");
    String introduction = section == root ? keysOf : "Keys of " + path;
    return new ConfigException(
        ConfigTree.join(path, typed), hint + " " + introduction + ": " + String.join(", ", known));
  }

  private Optional<String> sameKeyElsewhere(String typed, Class<?> root) {
    return paths(root, prefix).filter(path -> path.endsWith("." + typed)).findFirst();
  }

  private static List<String> keys(Class<?> section) {
    List<String> keys = new ArrayList<>();
    for (RecordComponent component : section.getRecordComponents()) {
      keys.add(component.getName());
    }
    return keys;
  }

  private static Stream<String> paths(Class<?> section, String path) {
    return Arrays.stream(section.getRecordComponents())
        .flatMap(
            component -> {
              String at = ConfigTree.join(path, component.getName());
              return isSection(component.getType())
                  ? paths(component.getType(), at)
                  : Stream.of(at);
            });
  }

  /** A record is a section of known keys, unless it is written as something else. */
  static boolean isSection(Class<?> type) {
    return type.isRecord() && !WRITTEN_AS_ONE_VALUE.contains(type);
  }
}
