package org.zowarmup.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.zowarmup.error.Closest;
import org.zowarmup.error.ConfigException;
import org.zowarmup.plugin.Range;
import org.zowarmup.plugin.RecordCopy;

/** Binds a tree of values to a record; what does not fit is a {@link ConfigException}. */
final class TreeBinder {
  /** Records that are no sections of a config. */
  private static final Set<Class<?>> WRITTEN_AS_ONE_VALUE =
      Set.of(
          OwnKeys.class,
          KindSection.class,
          LearningRate.class,
          MemoryBudgets.class,
          Normalize.class);

  private final ObjectNode tree;
  private final ObjectNode defaults;
  private final String prefix;
  private final String keysOf;

  /**
   * @param tree the values, complete
   * @param defaults the default of every key: null is allowed only where it is the default
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
    return section(type, tree, prefix);
  }

  private static <T> T section(Class<T> type, JsonNode node, String path) {
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      String key = components[i].getName();
      JsonNode value = node.path(key);
      Range range = components[i].getAnnotation(Range.class);
      values[i] =
          value.isNull() || value.isMissingNode()
              ? null
              : value(components[i].getGenericType(), value, ConfigTree.join(path, key), range);
    }
    try {
      return RecordCopy.of(type, values);
    } catch (ConfigException own) {
      throw inFull(own, path);
    }
  }

  /** No type passes for another, except that a whole number is a number. */
  private static Object value(Type type, JsonNode node, String path, Range rangeOrNull) {
    if (type == int.class || type == Integer.class) {
      expect(isWhole(node) && node.canConvertToInt(), "a whole number", node, path);
      requireWhole(node.intValue(), path, rangeOrNull);
      return node.intValue();
    }
    if (type == long.class || type == Long.class) {
      boolean fits = isWhole(node) && node.canConvertToLong();
      expect(fits, "a whole number of 64 bits", node, path);
      requireWhole(node.longValue(), path, rangeOrNull);
      return node.longValue();
    }
    if (type == double.class || type == Double.class) {
      expect(ConfigTree.isFinite(node), "a number", node, path);
      requireNumber(node.doubleValue(), path, "", rangeOrNull);
      return node.doubleValue();
    }
    if (type == boolean.class || type == Boolean.class) {
      expect(node.isBoolean(), "true or false", node, path);
      return node.booleanValue();
    }
    if (type == String.class) {
      return text(node, path);
    }
    if (type == LearningRate.class) {
      LearningRate lr = expect(LearningRate.read(node), LearningRate.EXPECTED, node, path);
      lr.fixed().ifPresent(number -> requireNumber(number, path, "auto or ", rangeOrNull));
      return lr;
    }
    if (type == HighResource.class) {
      return expect(HighResource.read(node), HighResource.EXPECTED, node, path);
    }
    if (type == MemoryBudgets.class) {
      return expect(MemoryBudgets.read(node), MemoryBudgets.EXPECTED, node, path);
    }
    if (type == Normalize.class) {
      return expect(Normalize.read(node), Normalize.EXPECTED, node, path);
    }
    if (type == KindSection.class) {
      return kindSection(node, path);
    }
    if (type == OwnKeys.class) {
      expect(node.isObject(), "a section such as {METHOD: {key: value}}", node, path);
      for (Map.Entry<String, JsonNode> own : node.properties()) {
        String at = ConfigTree.join(path, own.getKey());
        expect(own.getValue().isObject(), "a section such as {key: value}", own.getValue(), at);
      }
      return new OwnKeys((ObjectNode) node);
    }
    if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
      // a word alone is a list of it
      boolean isWord = node.isTextual() && list.getActualTypeArguments()[0] != Integer.class;
      expect(node.isArray() || isWord, "a list such as [a, b]", node, path);
      List<Object> items = new ArrayList<>();
      for (JsonNode item : isWord ? List.of(node) : node) {
        String at = path + "[" + items.size() + "]";
        items.add(value(list.getActualTypeArguments()[0], item, at, rangeOrNull));
      }
      return items;
    }
    if (type instanceof Class<?> choice && choice.isEnum()) {
      return choice(choice, node, path);
    }
    if (type instanceof Class<?> record && record.isRecord()) {
      String keys = "a section with the keys " + String.join(", ", keys(record));
      expect(node.isObject(), keys, node, path);
      return section(record, node, path);
    }
    throw new ConfigException(
        path,
        "expected a key that is a number, text, truth value, enum, list or record; found a"
            + " component of type "
            + type.getTypeName());
  }

  /** Of any spelling: 100 and 1e2. */
  private static boolean isWhole(JsonNode node) {
    return node.isIntegralNumber()
        || (ConfigTree.isFinite(node) && node.doubleValue() == Math.rint(node.doubleValue()));
  }

  private static String text(JsonNode node, String path) {
    boolean quotable = node.isValueNode() && !node.isTextual();
    if (quotable) {
      throw new ConfigException(
          path,
          "expected text, found %s; put it in quotes to make it text"
              .formatted(ConfigTree.describe(node)));
    }
    expect(node.isTextual(), "text", node, path);
    return node.textValue();
  }

  private static KindSection kindSection(JsonNode node, String path) {
    expect(node.isObject(), "a section such as {kind: NAME}", node, path);
    String kind = text(node.path(KindSection.KIND), ConfigTree.join(path, KindSection.KIND));
    ObjectNode values = node.deepCopy();
    values.remove(KindSection.KIND);
    try {
      return new KindSection(path, kind, values);
    } catch (ConfigException own) {
      throw inFull(own, path);
    }
  }

  private static Object choice(Class<?> type, JsonNode node, String path) {
    List<?> choices = List.of(type.getEnumConstants());
    for (Object choice : choices) {
      if (node.isTextual() && choice.toString().equals(node.textValue())) {
        return choice;
      }
    }
    List<String> all = choices.stream().map(Object::toString).toList();
    String found = node.isTextual() ? ConfigTree.oneLine(node.asText()) : ConfigTree.describe(node);
    throw new ConfigException(
        path,
        "expected one of "
            + String.join(", ", all)
            + "; found "
            + found
            + Closest.hint(node.asText(), all));
  }

  private static void requireWhole(long value, String path, Range rangeOrNull) {
    if (rangeOrNull == null) {
      return;
    }
    long min = (long) Math.max(rangeOrNull.min(), Math.floor(rangeOrNull.above()) + 1);
    long max = (long) rangeOrNull.max();
    if (value < min || value > max) {
      throw new ConfigException(
          path, "expected a whole number from %d to %d, found %d".formatted(min, max, value));
    }
  }

  private static void requireNumber(double value, String path, String or, Range rangeOrNull) {
    if (rangeOrNull == null) {
      return;
    }
    double min = rangeOrNull.min();
    double max = rangeOrNull.max();
    if (value < min || value <= rangeOrNull.above() || value > max) {
      boolean open = min == Double.NEGATIVE_INFINITY;
      String bounds =
          open
              ? "above " + Defaults.number(rangeOrNull.above()) + ", at most " + max
              : "from " + min + " to " + max;
      throw new ConfigException(
          path, "expected %sa number %s, found %s".formatted(or, bounds, value));
    }
  }

  private static <T> T expect(T valueOrNull, String expected, JsonNode node, String path) {
    expect(valueOrNull != null, expected, node, path);
    return valueOrNull;
  }

  private static void expect(boolean fits, String expected, JsonNode node, String path) {
    if (!fits) {
      throw new ConfigException(
          path, "expected %s, found %s".formatted(expected, ConfigTree.describe(node)));
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

  /** A record's own check knows the field's name only; this puts the section in front. */
  private static ConfigException inFull(ConfigException own, String section) {
    return new ConfigException(
        ConfigTree.join(section, own.path()),
        own.getMessage().substring(own.path().length() + 2),
        own);
  }

  private void refuseUnknown(JsonNode node, Class<?> section, Class<?> root, String path) {
    List<String> known = keys(section);
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!known.contains(name)) {
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
        Closest.to(typed, known)
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
