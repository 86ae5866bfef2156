package org.zowarmup.record.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.zowarmup.error.BadDataException;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.Books;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.record.weights.Safetensors.Tensor;

/**
 * A checkpoint as a safetensors file, so that other tools can look into it: flat fp32 vectors
 * {@code weights} and {@code state/PHASE/NAME}, all else as JSON in the metadata. {@code checksum}
 * is the CRC-32C of the metadata and of every vector, so that no flipped bit goes unseen.
 */
public final class CheckpointFile {
  private static final String FORMAT = "zowarmup-checkpoint-1";
  private static final String CHECKSUM = "checksum";
  private static final String WEIGHTS = "weights";
  private static final String STATE = "state/";
  private static final String IDENTITY = "identity.";
  private static final int CHUNK_FLOATS = 1 << 14;
  private static final ObjectMapper JSON = new ObjectMapper();

  private CheckpointFile() {}

  /** Writes a file atomically; on return it is on the disk. */
  public static void write(Path file, Checkpoint checkpoint) {
    List<Tensor> tensors = new ArrayList<>();
    tensors.add(flat(WEIGHTS, checkpoint.weights()));
    List<Map<String, long[]>> numbers = new ArrayList<>();
    for (int phase = 0; phase < checkpoint.states().size(); phase++) {
      String prefix = STATE + phase + "/";
      AlgorithmState state = checkpoint.states().get(phase);
      state.allVectors().forEach((name, values) -> tensors.add(flat(prefix + name, values)));
      numbers.add(state.allNumbers());
    }
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("format", FORMAT);
    Checkpoint.Position at = checkpoint.position();
    metadata.put("method", at.method());
    metadata.put("seed", Long.toString(at.seed()));
    metadata.put("round", Integer.toString(at.round()));
    metadata.put("phase", Integer.toString(at.phase()));
    metadata.put("roundsOfPhase", Integer.toString(at.roundsOfPhase()));
    metadata.put("numbers", json(numbers));
    metadata.put("ledger", json(books(checkpoint.ledger())));
    checkpoint.identity().forEach((name, value) -> metadata.put(IDENTITY + name, value));
    metadata.put(CHECKSUM, checksum(metadata, tensors));
    Safetensors.write(file, tensors, metadata);
  }

  /**
   * Reads a file and believes nothing in it without a check.
   *
   * @throws BadDataException where it is missing, damaged or no checkpoint
   */
  public static Checkpoint read(Path file) {
    Safetensors.Content content = Safetensors.read(file);
    Map<String, String> metadata = new TreeMap<>(content.metadata());
    String format = metadata.get("format");
    if (!FORMAT.equals(format)) {
      throw new BadDataException(file, "metadata", "format " + FORMAT, String.valueOf(format));
    }
    String stored = String.valueOf(metadata.remove(CHECKSUM));
    String found = checksum(metadata, content.tensors());
    if (!found.equals(stored)) {
      throw new BadDataException(file, "", "content of checksum " + stored, found);
    }
    try {
      return checkpoint(content.tensors(), metadata);
    } catch (IllegalArgumentException | JsonProcessingException | NullPointerException e) {
      // the checksum is right, so whoever wrote it did not follow the format
      throw new BadDataException(file, "metadata", "a checkpoint's values", e.toString());
    }
  }

  private static Checkpoint checkpoint(List<Tensor> tensors, Map<String, String> metadata)
      throws JsonProcessingException {
    List<Map<String, long[]>> numbers =
        JSON.readValue(metadata.get("numbers"), new TypeReference<List<Map<String, long[]>>>() {});
    List<AlgorithmState> states = new ArrayList<>();
    for (int phase = 0; phase < numbers.size(); phase++) {
      AlgorithmState state = AlgorithmState.EMPTY;
      String prefix = STATE + phase + "/";
      for (Tensor tensor : tensors) {
        if (tensor.name().startsWith(prefix)) {
          state = state.withVector(tensor.name().substring(prefix.length()), tensor.values());
        }
      }
      for (Map.Entry<String, long[]> entry : numbers.get(phase).entrySet()) {
        state = state.withNumbers(entry.getKey(), entry.getValue());
      }
      states.add(state);
    }
    Map<String, String> identity = new TreeMap<>();
    metadata.forEach(
        (name, value) -> {
          if (name.startsWith(IDENTITY)) {
            identity.put(name.substring(IDENTITY.length()), value);
          }
        });
    float[] weights =
        tensors.stream()
            .filter(tensor -> tensor.name().equals(WEIGHTS))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no tensor " + WEIGHTS))
            .values();
    Checkpoint.Position at =
        new Checkpoint.Position(
            metadata.get("method"),
            Long.parseLong(metadata.get("seed")),
            Integer.parseInt(metadata.get("round")),
            Integer.parseInt(metadata.get("phase")),
            Integer.parseInt(metadata.get("roundsOfPhase")));
    Books.Change ledger = ledger(JSON.readValue(metadata.get("ledger"), long[].class));
    return new Checkpoint(at, weights, states, ledger, identity);
  }

  private static Tensor flat(String name, float[] values) {
    return new Tensor(name, new int[] {values.length}, values);
  }

  /** [dense version, terms, then client, dense version, terms for each client]. */
  private static long[] books(Books.Change ledger) {
    long[] books = new long[2 + 3 * ledger.clients().size()];
    books[0] = ledger.denseVersion();
    books[1] = ledger.terms();
    int k = 2;
    for (Books.Held entry : ledger.clients()) {
      books[k++] = entry.client();
      books[k++] = entry.denseVersion();
      books[k++] = entry.terms();
    }
    return books;
  }

  private static Books.Change ledger(long[] books) {
    if (books.length < 2 || books.length % 3 != 2) {
      throw new IllegalArgumentException("a ledger of " + books.length + " numbers");
    }
    List<Books.Held> entries = new ArrayList<>();
    for (int k = 2; k < books.length; k += 3) {
      entries.add(new Books.Held(Math.toIntExact(books[k]), books[k + 1], books[k + 2]));
    }
    return new Books.Change(books[0], books[1], entries);
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a checkpoint that cannot be written", e);
    }
  }

  private static String checksum(Map<String, String> metadata, List<Tensor> tensors) {
    CRC32C crc = new CRC32C();
    for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
      crc.update(
          (entry.getKey() + "\0" + entry.getValue() + "\0").getBytes(StandardCharsets.UTF_8));
    }
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK_FLOATS * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (Tensor tensor : tensors) {
      crc.update((tensor.name() + "\0").getBytes(StandardCharsets.UTF_8));
      float[] values = tensor.values();
      for (int from = 0; from < values.length; from += CHUNK_FLOATS) {
        int count = Math.min(CHUNK_FLOATS, values.length - from);
        bytes.clear().asFloatBuffer().put(values, from, count);
        crc.update(bytes.limit(count * Float.BYTES));
      }
    }
    return String.format("%08x", crc.getValue());
  }
}
