package org.zowarmup.record.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.zowarmup.record.file.AtomicFile;

/**
 * Writes tensors in the safetensors format (https://huggingface.co/docs/safetensors): the length of
 * the header in 8 bytes little-endian, the header in JSON padded with spaces to a multiple of 8,
 * then the values little-endian, one tensor after the other without gaps.
 */
public final class Safetensors {
  /**
   * A named array of 32-bit floats, as a safetensors file holds it. The arrays are not copied; two
   * tensors are equal when they share them.
   *
   * @param name unique within a file, for example {@code conv1.weight}
   * @param shape extents, outermost first; empty for a single number
   * @param values row-major, as many as the product of the extents
   */
  public record Tensor(String name, int[] shape, float[] values) {
    public Tensor {
      long count = 1;
      for (int extent : shape) {
        if (extent < 0) {
          throw new IllegalArgumentException(name + ": extent " + extent + " is negative");
        }
        count = Math.multiplyExact(count, extent);
      }
      if (count != values.length) {
        throw new IllegalArgumentException(
            name + ": expected " + count + " values for its shape, found " + values.length);
      }
    }
  }

  static final String METADATA = "__metadata__";
  static final int ALIGNMENT = 8;
  private static final int CHUNK_BYTES = 1 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private Safetensors() {}

  /**
   * Writes a file atomically.
   *
   * @param tensors with names that differ, in the order in which they are stored
   * @param metadata free text by name; empty for none
   */
  public static void write(Path file, List<Tensor> tensors, Map<String, String> metadata) {
    AtomicFile.write(file, content(tensors, metadata));
  }

  /** What such a file holds; the parameters are those of {@link #write}. */
  public static AtomicFile.Content content(List<Tensor> tensors, Map<String, String> metadata) {
    byte[] header = header(tensors, metadata);
    return channel -> {
      ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      drain(buffer.putLong(header.length), channel);
      AtomicFile.writeAll(channel, ByteBuffer.wrap(header));
      for (Tensor tensor : tensors) {
        for (float value : tensor.values()) {
          if (buffer.remaining() < Float.BYTES) {
            drain(buffer, channel);
          }
          buffer.putFloat(value);
        }
      }
      drain(buffer, channel);
    };
  }

  private static byte[] header(List<Tensor> tensors, Map<String, String> metadata) {
    ObjectNode header = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode free = header.putObject(METADATA);
      new TreeMap<>(metadata).forEach(free::put);
    }
    Set<String> names = new HashSet<>(Set.of(METADATA));
    long offset = 0;
    for (Tensor tensor : tensors) {
      if (!names.add(tensor.name())) {
        throw new IllegalArgumentException("tensor name " + tensor.name() + " is taken");
      }
      ObjectNode entry = header.putObject(tensor.name());
      entry.put("dtype", "F32");
      ArrayNode shape = entry.putArray("shape");
      for (int extent : tensor.shape()) {
        shape.add(extent);
      }
      long end = offset + (long) Float.BYTES * tensor.values().length;
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    return padded(header);
  }

  private static byte[] padded(ObjectNode header) {
    try {
      byte[] json = JSON.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
      int length = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      ByteBuffer bytes = ByteBuffer.allocate(length).put(json);
      while (bytes.hasRemaining()) {
        bytes.put((byte) ' ');
      }
      return bytes.array();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a header that cannot be written", e);
    }
  }

  private static void drain(ByteBuffer buffer, FileChannel channel) throws IOException {
    AtomicFile.writeAll(channel, buffer.flip());
    buffer.clear();
  }

  /**
   * Reads a file of 32-bit floats.
   *
   * @throws org.zowarmup.error.BadDataException where it is missing or not such a file; nothing in
   *     it is believed without a check
   */
  public static Content read(Path file) {
    return SafetensorsReader.read(file);
  }

  /**
   * The content of a file.
   *
   * @param tensors in the order of their values in the file
   * @param metadata free text by name
   */
  public record Content(List<Tensor> tensors, Map<String, String> metadata) {
    public Content {
      tensors = List.copyOf(tensors);
      metadata = Map.copyOf(metadata);
    }
  }
}
