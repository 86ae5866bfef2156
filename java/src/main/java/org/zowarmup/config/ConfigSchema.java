package org.zowarmup.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * A JSON schema (draft 7, which YAML editors know) of the config, made from the config's records
 * and from {@code defaults.yaml}: types come from the records, defaults and what is said about a
 * key from the file.
 */
public final class ConfigSchema {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, List<Kind>> kinds;
  private final Map<String, List<String>> names;
  private final KeyDocs docs = KeyDocs.of(ConfigLoader.defaultsText());

  /**
   * A plug-in that a section's {@code kind} can name.
   *
   * @param defaults a value of the plug-in's record
   */
  public record Kind(String name, Class<? extends Record> type, Record defaults) {}

  /**
   * @param kinds path of a section with a kind to what it can be
   * @param names path of a key to the names that it can hold, or that its list can
   */
  public ConfigSchema(Map<String, List<Kind>> kinds, Map<String, List<String>> names) {
    this.kinds = Map.copyOf(kinds);
    this.names = Map.copyOf(names);
  }

  /** The schema as indented JSON. */
  public String json() {
    ObjectNode schema = JSON.createObjectNode();
    schema.put("$schema", "http://json-schema.org/draft-07/schema#");
    schema.put("title", "ZOWarmUp config");
    schema.setAll(section(RunConfig.class, ConfigLoader.defaults(), ""));
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
        schema.get("properties") instanceof ObjectNode begun
            ? begun
            : schema.putObject("properties");
    for (RecordComponent component : type.getRecordComponents()) {
      String key = component.getName();
      String at = ConfigTree.join(path, key);
      JsonNode fallback = defaults.path(key);
      ObjectNode value = property(component, fallback, at);
      if (!docs.about(at).isEmpty()) {
        value.put("description", docs.about(at));
      }
      properties.set(key, value);
    }
  }

  private ObjectNode property(RecordComponent component, JsonNode fallback, String path) {
    if (component.getType() == KindSection.class) {
      return anyKind(path, fallback);
    }
    if (TreeBinder.isSection(component.getType())) {
      return section(component.getType(), fallback, path);
    }
    ObjectNode value = value(component.getGenericType(), path);
    if (fallback.isNull() && value.path("type").isTextual()) {
      value.set("type", JSON.createArrayNode().add(value.get("type").asText()).add("null"));
      if (value.get("enum") instanceof ArrayNode choices) {
        choices.addNull();
      }
    }
    if (!fallback.isMissingNode() && !fallback.isNull()) {
      if (value.get("enum") instanceof ArrayNode && !contains(value.get("enum"), fallback)) {
        value.remove("enum"); // the comment does not list all
      }
      value.set("default", fallback);
    }
    return value;
  }

  private static boolean contains(JsonNode list, JsonNode value) {
    for (JsonNode item : list) {
      if (item.equals(value)) {
        return true;
      }
    }
    return false;
  }

  private ObjectNode value(Type type, String path) {
    ObjectNode schema = JSON.createObjectNode();
    String about = docs.about(path);
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      schema.put("type", "integer");
      DocumentedRange.addTo(schema, about);
    } else if (type == double.class || type == Double.class) {
      schema.put("type", "number");
      DocumentedRange.addTo(schema, about);
    } else if (type == boolean.class || type == Boolean.class) {
      schema.put("type", "boolean");
    } else if (type == String.class) {
      schema.put("type", "string");
      addNames(schema, path, about);
    } else if (type == LearningRate.class) {
      ArrayNode either = schema.putArray("anyOf");
      either.addObject().put("const", "auto");
      DocumentedRange.addTo(either.addObject().put("type", "number"), about);
    } else if (type instanceof Class<?> word && word.isEnum()) {
      ArrayNode choices = schema.put("type", "string").putArray("enum");
      List.of(word.getEnumConstants()).forEach(choice -> choices.add(choice.toString()));
    } else if (type instanceof ParameterizedType list
        && list.getRawType() instanceof Class<?> raw
        && Collection.class.isAssignableFrom(raw)) {
      schema.put("type", "array");
      schema.set("items", value(list.getActualTypeArguments()[0], path));
    }
    return schema; // for other types any value: their own reader says what it takes
  }

  private void addNames(ObjectNode schema, String path, String about) {
    if (names.containsKey(path)) {
      ArrayNode choices = schema.putArray("enum");
      names.get(path).forEach(choices::add);
    } else {
      DocumentedRange.addChoices(schema, about);
    }
  }

  /** One of several sections; the first that fits explains itself best in an editor. */
  private ObjectNode anyKind(String path, JsonNode fallback) {
    String usual = fallback.path(KindSection.KIND).asText();
    ObjectNode schema = JSON.createObjectNode();
    ArrayNode any = schema.putArray("anyOf");
    for (Kind kind : kinds.getOrDefault(path, List.of())) {
      ObjectNode section = any.addObject();
      section.put("type", "object");
      section.put("additionalProperties", false);
      if (!kind.name().equals(usual)) {
        section.putArray("required").add(KindSection.KIND);
      }
      ObjectNode properties = section.putObject("properties");
      properties
          .putObject(KindSection.KIND)
          .put("const", kind.name())
          .put("description", docs.about(ConfigTree.join(path, KindSection.KIND)));
      addProperties(section, kind.type(), ConfigTree.treeOf(kind.defaults()), path);
      if (path.equals("model")) {
        properties
            .putObject(KindSection.INIT)
            .put("description", docs.about(ConfigTree.join(path, KindSection.INIT)))
            .putArray("type")
            .add("string")
            .add("null");
      }
    }
    return schema;
  }
}
