package org.zowarmup.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * How single values are read: no type passes for another, except that a whole number is a number.
 * (Jackson takes {@code 1e-3} for a number, as YAML 1.2 does and YAML 1.1 does not.)
 */
final class StrictScalars extends SimpleModule {
  private static final long serialVersionUID = 1L;

  StrictScalars() {
    super("strict scalars");
    Scalar<Integer> wholeInt =
        new Scalar<>(
            Integer.class,
            "a whole number",
            node ->
                node.isIntegralNumber() && node.canConvertToInt()
                    ? Optional.of(node.intValue())
                    : Optional.empty());
    Scalar<Long> wholeLong =
        new Scalar<>(
            Long.class,
            "a whole number of 64 bits",
            node ->
                node.isIntegralNumber() && node.canConvertToLong()
                    ? Optional.of(node.longValue())
                    : Optional.empty());
    Scalar<Double> number = new Scalar<>(Double.class, "a number", StrictScalars::number);
    Scalar<Boolean> truth =
        new Scalar<>(
            Boolean.class,
            "true or false",
            node -> node.isBoolean() ? Optional.of(node.booleanValue()) : Optional.empty());
    addDeserializer(int.class, wholeInt).addDeserializer(Integer.class, wholeInt);
    addDeserializer(long.class, wholeLong).addDeserializer(Long.class, wholeLong);
    addDeserializer(double.class, number).addDeserializer(Double.class, number);
    addDeserializer(boolean.class, truth).addDeserializer(Boolean.class, truth);
    addDeserializer(
        String.class,
        new Scalar<>(
            String.class,
            "text",
            node -> node.isTextual() ? Optional.of(node.textValue()) : Optional.empty()));
    addDeserializer(
        LearningRate.class,
        new Scalar<>(LearningRate.class, "auto or a number above 0", StrictScalars::learningRate));
    addDeserializer(
        HighResource.class,
        new Scalar<>(
            HighResource.class,
            "a part such as 0.1, a list of client numbers such as [0, 3], or memory",
            StrictScalars::highResource));
    addDeserializer(
        MemoryBudgets.class,
        new Scalar<>(
            MemoryBudgets.class,
            "sizes with their parts of the clients such as {8GB: 0.1, 64MB: 0.9}",
            StrictScalars::memoryBudgets));
    addDeserializer(KindSection.class, new KindReader());
  }

  private static Optional<Double> number(JsonNode node) {
    return node.isNumber() && Double.isFinite(node.doubleValue())
        ? Optional.of(node.doubleValue())
        : Optional.empty();
  }

  private static Optional<LearningRate> learningRate(JsonNode node) {
    if (node.isTextual() && node.textValue().equals("auto")) {
      return Optional.of(LearningRate.AUTO);
    }
    return number(node).map(LearningRate::of);
  }

  private static Optional<HighResource> highResource(JsonNode node) {
    if (node.isTextual() && node.textValue().equals(HighResource.MEMORY)) {
      return Optional.of(new HighResource.ByMemory());
    }
    if (!node.isArray()) {
      return number(node).map(HighResource.Share::new);
    }
    List<Integer> clients = new ArrayList<>();
    for (JsonNode client : node) {
      if (!client.isInt()) {
        return Optional.empty();
      }
      clients.add(client.intValue());
    }
    return Optional.of(new HighResource.Listed(clients));
  }

  private static Optional<MemoryBudgets> memoryBudgets(JsonNode node) {
    Map<String, Double> shares = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> share : node.properties()) {
      Optional<Double> part = number(share.getValue());
      if (part.isEmpty()) {
        return Optional.empty();
      }
      shares.put(share.getKey(), part.get());
    }
    return node.isObject() ? Optional.of(new MemoryBudgets(shares)) : Optional.empty();
  }

  /** A value of the wrong type; its message is what was expected. */
  static final class WrongType extends MismatchedInputException {
    private static final long serialVersionUID = 1L;

    WrongType(JsonParser parser, Class<?> type, String expected) {
      super(parser, expected, type);
    }
  }

  private static final class Scalar<T> extends StdDeserializer<T> {
    private static final long serialVersionUID = 1L;
    private final String expected;
    private final transient Function<JsonNode, Optional<T>> read;

    Scalar(Class<T> type, String expected, Function<JsonNode, Optional<T>> read) {
      super(type);
      this.expected = expected;
      this.read = read;
    }

    @Override
    public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
      Optional<T> value = read.apply(context.readTree(parser));
      if (value.isEmpty()) {
        throw new WrongType(parser, handledType(), expected);
      }
      return value.get();
    }
  }

  private static final class KindReader extends StdDeserializer<KindSection> {
    private static final long serialVersionUID = 1L;

    KindReader() {
      super(KindSection.class);
    }

    @Override
    public KindSection deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      String path =
          parser.getParsingContext().pathAsPointer().toString().substring(1).replace('/', '.');
      JsonNode node = context.readTree(parser);
      if (!(node instanceof ObjectNode section)) {
        throw new WrongType(parser, KindSection.class, "a section such as {kind: NAME}");
      }
      JsonNode kind = section.get(KindSection.KIND);
      if (kind == null || !kind.isTextual()) {
        WrongType wrong = new WrongType(parser, String.class, "text");
        wrong.prependPath(KindSection.class, KindSection.KIND);
        throw wrong;
      }
      ObjectNode values = section.deepCopy();
      values.remove(KindSection.KIND);
      return new KindSection(path, kind.textValue(), values);
    }
  }
}
