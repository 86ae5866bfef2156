package org.zowarmup.config;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.zowarmup.error.Printable;

/**
 * The one mapper that all reading and writing of configs goes through, and how values are shown.
 */
final class ConfigTree {
  private static final int SHOWN_CHARS = 60;

  /**
   * Reads text into trees, which {@link TreeBinder} makes records of, and writes records. They are
   * seen by their components alone, so a helper method named like a getter adds no key. It takes
   * {@code 1e-3} for a number, as YAML 1.2 does and YAML 1.1 does not.
   */
  static final YAMLMapper MAPPER =
      YAMLMapper.builder(
              YAMLFactory.builder()
                  .stringQuotingChecker(new PlainWords())
                  .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)
                  .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                  .disable(YAMLGenerator.Feature.SPLIT_LINES)
                  .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                  .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                  .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
                  .build())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
          .visibility(PropertyAccessor.ALL, Visibility.NONE)
          .visibility(PropertyAccessor.FIELD, Visibility.ANY)
          .build();

  /**
   * Leaves quotes away for words only: the library's own check knows YAML 1.1 and would write the
   * text 1e-3 so that it is read back as a number.
   */
  private static final class PlainWords extends StringQuotingChecker.Default {
    private static final long serialVersionUID = 1L;
    private static final Pattern WORDS = Pattern.compile("[A-Za-z][A-Za-z0-9_./-]*");

    @Override
    public boolean needToQuoteValue(String value) {
      return !WORDS.matcher(value).matches() || super.needToQuoteValue(value);
    }
  }

  private ConfigTree() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static boolean isFinite(JsonNode node) {
    return node.isNumber() && Double.isFinite(node.doubleValue());
  }

  /** Of a record or map. */
  static ObjectNode treeOf(Object value) {
    return MAPPER.valueToTree(value);
  }

  /** Of any value. */
  static JsonNode nodeOf(Object value) {
    return MAPPER.valueToTree(value);
  }

  static String toYaml(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a config that cannot be written", e);
    }
  }

  static String join(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  /** A text on one line, in single quotes, shortened where it is long. */
  static String show(String text) {
    return "'" + oneLine(text) + "'";
  }

  /** Type and value of a node on one line, for example {@code the number 5}. */
  static String describe(JsonNode node) {
    return switch (node.getNodeType()) {
      case NUMBER -> "the number " + node.asText();
      case STRING -> "the text " + show(node.asText());
      case BOOLEAN -> node.asText();
      case ARRAY -> "the list " + oneLine(flow(node, JsonNode::asText));
      case OBJECT -> "the section " + oneLine(flow(node, JsonNode::asText));
      default -> "null";
    };
  }

  /** As YAML on one line. */
  static String flow(JsonNode node) {
    return flow(node, leaf -> toYaml(leaf).strip());
  }

  /** As YAML on one line, its keys without quotes; {@code leaf} shows what holds no other value. */
  private static String flow(JsonNode node, Function<JsonNode, String> leaf) {
    if (node.isArray()) {
      StringJoiner items = new StringJoiner(", ", "[", "]");
      node.forEach(item -> items.add(flow(item, leaf)));
      return items.toString();
    }
    if (node.isObject()) {
      StringJoiner items = new StringJoiner(", ", "{", "}");
      node.fields().forEachRemaining(f -> items.add(f.getKey() + ": " + flow(f.getValue(), leaf)));
      return items.toString();
    }
    return leaf.apply(node);
  }

  static String oneLine(String text) {
    String line = Printable.text(text.replaceAll("\\s+", " "));
    return line.length() <= SHOWN_CHARS ? line : line.substring(0, SHOWN_CHARS - 3) + "...";
  }
}
