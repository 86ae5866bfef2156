package org.zowarmup.record.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.zowarmup.data.format.numpy.NumpyArray;
import org.zowarmup.error.BadDataException;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.weights.Safetensors.Tensor;

/** Reads and checks a safetensors file; see {@link Safetensors} for the format. */
final class SafetensorsReader {
  /** The limit of the format's own library. */
  private static final long MAX_HEADER_BYTES = 100_000_000;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final String BF16 = "BF16";

  /** Types whose values become floats, as numpy has them; it has none for BF16. */
  private static final Map<String, NumpyArray.Type> FLOATS =
      Map.of(
          "F16", new NumpyArray.Type('f', Short.BYTES, false),
          "F32", new NumpyArray.Type('f', Float.BYTES, false),
          "F64", new NumpyArray.Type('f', Double.BYTES, false));

  /** A counter that PyTorch's batch norm keeps beside its weights, a whole number. */
  private static final String COUNTER = "num_batches_tracked";

  /**
   * @param type null for a counter
   */
  private record Entry(String name, String type, int[] shape, long start, long end) {
    private float[] values(ByteBuffer bytes) {
      if (!type.equals(BF16)) {
        return FLOATS.get(type).floats(bytes);
      }
      float[] values = new float[bytes.remaining() / Short.BYTES];
      for (int i = 0; i < values.length; i++) {
        values[i] = Float.intBitsToFloat(bytes.getShort() << Short.SIZE);
      }
      return values;
    }
  }

  private final Path file;

  private SafetensorsReader(Path file) {
    this.file = file;
  }

  static Safetensors.Content read(Path file) {
    SafetensorsReader reader = new SafetensorsReader(file);
    if (!Files.isRegularFile(file)) {
      throw new BadDataException(file, "", "a safetensors file", "no such file");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return reader.content(channel);
    } catch (EOFException e) {
      throw new BadDataException(file, "", "a file that stays whole", "one that became shorter");
    } catch (IOException e) {
      throw new BadDataException(file, "", "a readable file", RunFolder.reason(e));
    }
  }

  private Safetensors.Content content(FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < Long.BYTES) {
      throw bad("offset 0", "8 bytes of header length", size + " bytes in all");
    }
    long length = take(channel, Long.BYTES).getLong();
    if (length < 2 || length > Math.min(MAX_HEADER_BYTES, size - Long.BYTES)) {
      throw bad(
          "offset 0",
          "a header length from 2 to " + Math.min(MAX_HEADER_BYTES, size - Long.BYTES),
          Long.toUnsignedString(length));
    }
    ObjectNode header = header(take(channel, Math.toIntExact(length)).array());
    Map<String, String> metadata = metadata(header.remove(Safetensors.METADATA));
    List<Entry> entries = entries(header);
    checkLayout(entries, size - Long.BYTES - length);
    List<Tensor> tensors = new ArrayList<>();
    for (Entry entry : entries) {
      ByteBuffer bytes = take(channel, Math.toIntExact(entry.end() - entry.start()));
      if (entry.type() != null) {
        tensors.add(new Tensor(entry.name(), entry.shape(), entry.values(bytes)));
      }
    }
    return new Safetensors.Content(tensors, metadata);
  }

  private ObjectNode header(byte[] bytes) throws IOException {
    if (bytes[0] != '{') {
      throw bad("offset 8", "'{', the start of the header", "byte " + (bytes[0] & 0xFF));
    }
    try {
      return (ObjectNode) JSON.readTree(new String(bytes, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw bad("header", "JSON", e.getOriginalMessage().replaceAll("\\s+", " "));
    }
  }

  private Map<String, String> metadata(JsonNode node) {
    Map<String, String> metadata = new TreeMap<>();
    if (node == null) {
      return metadata;
    }
    for (Iterator<Map.Entry<String, JsonNode>> it = node.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      if (!field.getValue().isTextual()) {
        throw bad("header, " + Safetensors.METADATA, "text values", field.getValue().toString());
      }
      metadata.put(field.getKey(), field.getValue().textValue());
    }
    return metadata;
  }

  private List<Entry> entries(ObjectNode header) {
    List<Entry> entries = new ArrayList<>();
    for (Iterator<Map.Entry<String, JsonNode>> it = header.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      entries.add(entry(field.getKey(), field.getValue()));
    }
    // The header may name them in any order; the values come one after the other.
    entries.sort(Comparator.comparingLong(Entry::start).thenComparingLong(Entry::end));
    return entries;
  }

  private Entry entry(String name, JsonNode node) {
    String where = "tensor '" + name + "'";
    String type = node.path("dtype").asText();
    boolean counter = type.equals("I64") && (name.equals(COUNTER) || name.endsWith("." + COUNTER));
    if (!counter && !type.equals(BF16) && !FLOATS.containsKey(type)) {
      throw bad(
          where,
          "dtype F32, F16, BF16 or F64",
          node.has("dtype") ? node.get("dtype").toString() : "none");
    }
    long[] shape = numbers(where + ", shape", node.path("shape"), Integer.MAX_VALUE);
    long[] offsets = numbers(where + ", data_offsets", node.path("data_offsets"), Long.MAX_VALUE);
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw bad(where + ", data_offsets", "[start, end]", node.path("data_offsets").toString());
    }
    int[] extents = new int[shape.length];
    long bytes = counter ? Long.BYTES : type.equals(BF16) ? 2 : FLOATS.get(type).bytes();
    for (int i = 0; i < shape.length; i++) {
      extents[i] = (int) shape[i];
      // Beyond any array; the bound also keeps the product from overflowing.
      bytes = Math.min(bytes * shape[i], Long.MAX_VALUE / Integer.MAX_VALUE);
    }
    if (bytes > Integer.MAX_VALUE) {
      throw bad(where, "at most 2147483647 bytes", "shape " + node.path("shape"));
    }
    if (offsets[1] - offsets[0] != bytes) {
      throw bad(
          where,
          bytes + " bytes for shape " + node.path("shape"),
          "data_offsets " + node.path("data_offsets"));
    }
    return new Entry(name, counter ? null : type, extents, offsets[0], offsets[1]);
  }

  private long[] numbers(String where, JsonNode node, long max) {
    List<Long> numbers = new ArrayList<>();
    boolean sound = node.isArray();
    for (JsonNode item : node) {
      sound &= item.isIntegralNumber() && item.canConvertToLong();
      numbers.add(item.longValue());
    }
    if (!sound || numbers.stream().anyMatch(number -> number < 0 || number > max)) {
      String found = node.isMissingNode() ? "none" : node.toString();
      throw bad(where, "a list of whole numbers from 0 to " + max, found);
    }
    return numbers.stream().mapToLong(Long::longValue).toArray();
  }

  /** The values fill the file from end to end: no gap, no overlap, nothing left over. */
  private void checkLayout(List<Entry> entries, long dataBytes) {
    long position = 0;
    for (Entry entry : entries) {
      if (entry.start() != position) {
        throw bad(
            "tensor '" + entry.name() + "'",
            "data_offsets that start at " + position + ", without gap or overlap",
            String.valueOf(entry.start()));
      }
      position = entry.end();
    }
    if (position != dataBytes) {
      throw bad("data", position + " bytes after the header", dataBytes + " bytes");
    }
  }

  /** Little-endian, whatever the machine. */
  private static ByteBuffer take(FileChannel channel, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new EOFException();
      }
    }
    return buffer.flip();
  }

  private BadDataException bad(String where, String expected, String found) {
    String shown = found.length() <= 100 ? found : found.substring(0, 97) + "...";
    return new BadDataException(file, where, expected, shown);
  }
}
