package org.zowarmup.record;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.MapperBuilder;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.Traffic;
import org.zowarmup.federated.Work;
import org.zowarmup.record.file.AtomicFile;

/**
 * JSON of the run folder, records and maps as they are. What JSON has no number for (a loss that
 * diverged, an accuracy that was not measured) is null in a file and NaN, or null where the type
 * allows it, in memory.
 */
public final class Json {
  private static final ObjectMapper MAPPER = configured(JsonMapper.builder());
  private static final ObjectWriter LINE = MAPPER.writer();
  private static final ObjectWriter INDENTED =
      MAPPER.writer(new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")));

  private Json() {}

  /** The rules of this class for any mapper, for example one of CSV. */
  static <M extends ObjectMapper, B extends MapperBuilder<M, B>> M configured(B builder) {
    SimpleModule numbers = new SimpleModule();
    numbers.addSerializer(Double.class, new FiniteOrNull());
    numbers.addSerializer(double.class, new FiniteOrNull());
    numbers.addDeserializer(double.class, new NullIsNaN());
    return builder
        .addModule(numbers)
        .addMixIn(Traffic.class, TrafficColumns.class)
        .addMixIn(Work.class, WorkColumns.class)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .build();
  }

  /** The columns of bytes, as they are named in all files. */
  @JsonPropertyOrder({"bytesUpHigh", "bytesUpLow", "bytesDownHigh", "bytesDownLow"})
  private record TrafficColumns(
      @JsonProperty("bytesUpHigh") long upHigh,
      @JsonProperty("bytesUpLow") long upLow,
      @JsonProperty("bytesDownHigh") long downHigh,
      @JsonProperty("bytesDownLow") long downLow) {}

  /** The columns of clients and of what they computed. */
  @JsonPropertyOrder({
    "clientsHigh",
    "clientsLow",
    "firstHigh",
    "firstLow",
    "trainFlopsHigh",
    "trainFlopsLow",
    "probeFlopsHigh",
    "probeFlopsLow"
  })
  private abstract static class WorkColumns {}

  private static final class FiniteOrNull extends StdSerializer<Double> {
    private static final long serialVersionUID = 1;

    FiniteOrNull() {
      super(Double.class);
    }

    @Override
    public void serialize(Double value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      if (Double.isFinite(value)) {
        out.writeNumber(value);
      } else {
        out.writeNull();
      }
    }
  }

  private static final class NullIsNaN extends StdDeserializer<Double> {
    private static final long serialVersionUID = 1;

    NullIsNaN() {
      super(double.class);
    }

    @Override
    public Double deserialize(JsonParser in, DeserializationContext context) throws IOException {
      return _parseDoublePrimitive(in, context);
    }

    @Override
    public Double getNullValue(DeserializationContext context) {
      return Double.NaN;
    }
  }

  /** Writes a file atomically, indented, with a line feed at its end. */
  public static void write(Path file, Object value) {
    AtomicFile.writeText(file, text(INDENTED, value) + "\n");
  }

  /** One line, without its end. */
  public static String line(Object value) {
    return text(LINE, value);
  }

  static String text(ObjectWriter writer, Object value) {
    try {
      return writer.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a value that cannot be written: " + value, e);
    }
  }

  static ObjectReader reader(Class<?> type) {
    return MAPPER.readerFor(type);
  }

  /**
   * Reads a file that must be there.
   *
   * @param what what it should hold, for the message
   * @throws BadDataException where it holds something else
   */
  public static <T> T read(Path file, Class<T> type, String what) {
    try (InputStream in = FileBytes.stream(file)) {
      T value = MAPPER.readValue(in.readAllBytes(), type);
      if (value == null) {
        throw new BadDataException(file, "", what, "null");
      }
      return value;
    } catch (JsonProcessingException e) {
      // where an object began is told in words of the library that say nothing about it
      String found = e.getOriginalMessage().replaceFirst(" \\(start marker at .*", "");
      throw new BadDataException(file, place(e), what, found);
    } catch (CharConversionException e) { // zeros at the start are taken for UTF-16 or UTF-32
      throw new BadDataException(file, "", what, "bytes that are not UTF-8");
    } catch (IOException e) {
      throw new UserErrorException("cannot read " + file + ": " + RunFolder.reason(e), e);
    }
  }

  private static String place(JsonProcessingException e) {
    return e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr();
  }

  /** Reads a file as a tree; one that is missing is a missing node. */
  public static JsonNode tree(Path file) {
    return Files.exists(file) ? read(file, JsonNode.class, "JSON") : MissingNode.getInstance();
  }
}
