package org.zowarmup.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import org.zowarmup.plugin.Range;

/**
 * A JSON schema (draft 7, which YAML editors know) of the config, made from the config's records
 * and what they say about their keys.
 */
public final class ConfigSchema {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Map<String, ?>> kinds;
  private final Map<String, List<String>> names;

  /**
   * @param kinds path of a section with a kind to the plug-ins that it can name, each a record with
   *     its defaults
   * @param names path of a key to the names that it can hold, or that its list can
   */
  public ConfigSchema(
      Map<String, ? extends Map<String, ?>> kinds, Map<String, List<String>> names) {
    this.kinds = Map.copyOf(kinds);
    this.names = Map.copyOf(names);
  }

  /** The schema as indented JSON. */
  public String json() {
    ObjectNode schema = JSON.createObjectNode();
    schema.put("$schema", "http://json-schema.org/draft-07/schema#");
    schema.put("title", "ZOWarmUp config");
    schema.setAll(section(RunConfig.class, Defaults.tree(), ""));
    return schema.toPrettyString() + "\n";
  }

  private ObjectNode section(Class<?> type, JsonNode defaults, String path) {
    ObjectNode schema = JSON.createObjectNode();
    schema.put("type", "object");
    schema.put("additionalProperties", false);
    addProperties(schema, type, defaults, path);
    return schema;
  }

  private void addProperties(ObjectNode schema, Class<?> type, JsonNode defaults, String path) {
    ObjectNode properties =
        schema.get("properties") instanceof ObjectNode started
            ? started
            : schema.putObject("properties");
    for (RecordComponent component : type.getRecordComponents()) {
      String key = component.getName();
      String at = ConfigTree.join(path, key);
      JsonNode fallback = defaults.path(key);
      ObjectNode value = property(component, fallback, at);
      if (!Defaults.about(component).isEmpty()) {
        value.put("description", Defaults.about(component));
      }
      properties.set(key, value);
    }
  }

  private ObjectNode property(RecordComponent component, JsonNode fallback, String path) {
    if (component.getType() == OwnKeys.class) {
      return own();
    }
    if (component.getType() == KindSection.class) {
      return anyKind(path, fallback, KindSection.kinds(component));
    }
    if (TreeBinder.isSection(component.getType())) {
      return section(component.getType(), fallback, path);
    }
    ObjectNode value =
        value(component.getGenericType(), path, component.getAnnotation(Range.class));
    if (fallback.isNull() && value.path("type").isTextual()) {
      value.set("type", JSON.createArrayNode().add(value.get("type").asText()).add("null"));
      if (value.get("enum") instanceof ArrayNode choices) {
        choices.addNull();
      }
    }
    if (!fallback.isMissingNode() && !fallback.isNull()) {
      value.set("default", fallback);
    }
    return value;
  }

  private ObjectNode own() {
    ObjectNode schema = JSON.createObjectNode();
    schema.put("type", "object");
    schema.put("additionalProperties", false);
    ObjectNode properties = schema.putObject("properties");
    kinds
        .getOrDefault(OwnKeys.PATH, Map.of())
        .forEach(
            (name, plugin) ->
                properties.set(
                    name,
                    section(
                        plugin.getClass(),
                        ConfigTree.treeOf(plugin),
                        ConfigTree.join(OwnKeys.PATH, name))));
    return schema;
  }

  private ObjectNode value(Type type, String path, Range rangeOrNull) {
    ObjectNode schema = JSON.createObjectNode();
    if (path.equals(ConfigLayers.COHORT)) {
      ArrayNode any = schema.putArray("anyOf");
      addRange(any.addObject().put("type", "integer"), rangeOrNull);
      any.addObject().put("const", ConfigLayers.ALL);
      any.addObject().put("type", "number").put("exclusiveMinimum", 0).put("exclusiveMaximum", 1);
    } else if (type == int.class
        || type == Integer.class
        || type == long.class
        || type == Long.class) {
      addRange(schema.put("type", "integer"), rangeOrNull);
    } else if (type == double.class || type == Double.class) {
      addRange(schema.put("type", "number"), rangeOrNull);
    } else if (type == boolean.class || type == Boolean.class) {
      schema.put("type", "boolean");
    } else if (type == String.class) {
      schema.put("type", "string");
      if (names.containsKey(path)) {
        addChoices(schema, names.get(path));
      }
    } else if (type == LearningRate.class) {
      ArrayNode either = schema.putArray("anyOf");
      either.addObject().put("const", "auto");
      addRange(either.addObject().put("type", "number"), rangeOrNull);
    } else if (type instanceof Class<?> word && word.isEnum()) {
      addChoices(schema.put("type", "string"), List.of(word.getEnumConstants()));
    } else if (type instanceof ParameterizedType list) {
      Type item = list.getActualTypeArguments()[0];
      ObjectNode array = schema;
      if (item != Integer.class) { // a word alone is a list of it
        ArrayNode either = schema.putArray("anyOf");
        array = either.addObject();
        either.add(value(item, path, rangeOrNull));
      }
      array.put("type", "array");
      array.set("items", value(item, path, rangeOrNull));
    }
    return schema; // for other types any value: their own reader says what it takes
  }

  private static void addRange(ObjectNode number, Range rangeOrNull) {
    if (rangeOrNull == null) {
      return;
    }
    if (rangeOrNull.min() == Double.NEGATIVE_INFINITY) {
      number.put("exclusiveMinimum", Defaults.number(rangeOrNull.above()));
    } else {
      number.put("minimum", Defaults.number(rangeOrNull.min()));
    }
    number.put("maximum", Defaults.number(rangeOrNull.max()));
  }

  private static void addChoices(ObjectNode text, List<?> choices) {
    ArrayNode values = text.putArray("enum");
    choices.forEach(choice -> values.add(choice.toString()));
  }

  /** One of several sections; the first that fits explains itself best in an editor. */
  private ObjectNode anyKind(String path, JsonNode fallback, String about) {
    String usual = fallback.path(KindSection.KIND).asText();
    ObjectNode schema = JSON.createObjectNode();
    ArrayNode any = schema.putArray("anyOf");
    for (Map.Entry<String, ?> kind : kinds.getOrDefault(path, Map.of()).entrySet()) {
      ObjectNode section = any.addObject();
      section.put("type", "object");
      section.put("additionalProperties", false);
      if (!kind.getKey().equals(usual)) {
        section.putArray("required").add(KindSection.KIND);
      }
      ObjectNode properties = section.putObject("properties");
      properties.putObject(KindSection.KIND).put("const", kind.getKey()).put("description", about);
      Object plugin = kind.getValue();
      addProperties(section, plugin.getClass(), ConfigTree.treeOf(plugin), path);
      if (path.equals("model")) {
        properties
            .putObject(KindSection.INIT)
            .put("description", KindSection.ABOUT_INIT)
            .putArray("type")
            .add("string")
            .add("null");
      }
    }
    return schema;
  }
}
