package org.zowarmup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.sessions.JqwikSession;
import org.bytedeco.javacpp.Pointer;
import org.zowarmup.error.UserErrorException;

/**
 * Damages good files at random, again and again. Whatever comes out, a reader either takes it or
 * refuses it in one line, and keeps no memory.
 *
 * <p>{@code -Dzowarmup.fuzz.seconds=600} gives each reader ten minutes, {@code
 * -Dzowarmup.fuzz.inputs=1000000} a million inputs, from another seed each time. What a reader did
 * badly on is written to {@code target/fuzz}.
 */
public final class Fuzzing {
  private static final Long SECONDS = Long.getLong("zowarmup.fuzz.seconds");
  private static final Long INPUTS = Long.getLong("zowarmup.fuzz.inputs");

  /** Without a wish: always the same inputs, as many as go into a few seconds. */
  private static final long FIXED_SEED = 20250903;

  private static final long FEW_INPUTS = 2000;
  private static final long FEW_SECONDS = 2;

  /** Places in a text where numbers, words and brackets were. */
  private static final String[] WORDS = {
    "null",
    "-1",
    "0",
    "1",
    "2147483648",
    "-9223372036854775808",
    "99999999999999999999",
    "1e999",
    "NaN",
    "\"\"",
    "\"x\"",
    "[]",
    "{}",
    "true",
    "[[",
    "\u0000",
    "\u001b[2J",
    "'",
    "0x7f",
    ".5",
    "~"
  };

  private static final int MAX_MESSAGE = 2000;

  /** A reader under test. */
  public interface Target {
    void read(byte[] file) throws IOException;
  }

  /** A reader of several files, of which one is damaged. */
  public interface FolderTarget {
    void read(String name, byte[] file) throws IOException;
  }

  /** What a file's checksums would be, were it meant to be so. */
  public interface FolderRepair {
    byte[] repaired(String name, byte[] file);
  }

  private record Damaged(String name, byte[] bytes) {}

  private Fuzzing() {}

  /** One change of a file, made at a place given in millionths of its length. */
  private record Mutation(int kind, int place, int value) {
    private byte[] apply(byte[] file) {
      if (file.length == 0) {
        return file;
      }
      int at = (int) ((long) place * file.length / 1_000_000);
      byte[] changed = file.clone();
      switch (kind) {
        case 0 -> changed[at] = (byte) value;
        case 1 -> changed[at] ^= (byte) (1 << (value & 7));
        case 2 -> changed = Arrays.copyOf(file, at);
        case 3 -> Arrays.fill(changed, at, Math.min(file.length, at + 4), (byte) value);
        case 4 -> changed = replaced(file, at, 0, new byte[] {(byte) value});
        case 5 -> changed = replaced(file, at, 1 + (value & 15), new byte[0]);
        case 6 -> { // a piece is repeated elsewhere
          int count = Math.min(file.length - at, 1 + (value & 63));
          int to = value * 31 % (file.length - count + 1);
          System.arraycopy(file, at, changed, to, count);
        }
        default -> changed = word(file, at, value);
      }
      return changed;
    }

    private static byte[] replaced(byte[] file, int at, int length, byte[] by) {
      int count = Math.min(file.length - at, length);
      byte[] changed = Arrays.copyOf(file, file.length - count + by.length);
      System.arraycopy(by, 0, changed, at, by.length);
      System.arraycopy(file, at + count, changed, at + by.length, file.length - at - count);
      return changed;
    }

    /** Another value for the number, word or text that lies next. */
    private static byte[] word(byte[] file, int place, int value) {
      int at = place;
      while (at > 0 && isOfWord(file[at - 1])) {
        at--;
      }
      while (at < file.length && !isOfWord(file[at])) {
        at++;
      }
      int end = at;
      while (end < file.length && isOfWord(file[end])) {
        end++;
      }
      byte[] word = WORDS[value % WORDS.length].getBytes(StandardCharsets.UTF_8);
      return replaced(file, Math.min(at, file.length), end - at, word);
    }

    private static boolean isOfWord(byte b) {
      return Character.isLetterOrDigit(b) || b == '-' || b == '+' || b == '.' || b == '"';
    }
  }

  private static Arbitrary<Damaged> damaged(Map<String, byte[]> files) {
    List<String> names = List.copyOf(files.keySet());
    Arbitrary<Integer> anywhere = Arbitraries.integers().between(0, 999_999);
    // Headers lie at the start and, in archives, at the end.
    Arbitrary<Integer> headers =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 20_000),
            Arbitraries.integers().between(950_000, 999_999));
    Arbitrary<Mutation> mutation =
        Combinators.combine(
                Arbitraries.integers().between(0, 8),
                Arbitraries.oneOf(anywhere, headers),
                Arbitraries.integers().between(0, 255))
            .as(Mutation::new);
    return Combinators.combine(
            Arbitraries.integers().between(0, files.size() - 1),
            mutation.list().ofMinSize(1).ofMaxSize(6))
        .as(
            (index, mutations) -> {
              byte[] file = files.get(names.get(index));
              for (Mutation change : mutations) {
                file = change.apply(file);
              }
              return new Damaged(names.get(index), file);
            });
  }

  /** Damages files as {@link #run(String, List, UnaryOperator, Target)} does, and repairs none. */
  public static void run(String name, List<byte[]> files, Target target) {
    run(name, files, UnaryOperator.identity(), target);
  }

  /**
   * @param files good ones
   * @param repair makes the checksums of a damaged file right again, so that what comes after them
   *     is read; every second file is repaired
   */
  public static void run(
      String name, List<byte[]> files, UnaryOperator<byte[]> repair, Target target) {
    Map<String, byte[]> numbered = new TreeMap<>();
    files.forEach(file -> numbered.put("%04d".formatted(numbered.size()), file));
    folder(
        name, numbered, (number, file) -> repair.apply(file), (number, file) -> target.read(file));
  }

  /** Likewise one of the files of a folder, by its name. */
  public static void folder(
      String name, Map<String, byte[]> files, FolderRepair repair, FolderTarget target) {
    boolean fixed = INPUTS == null && SECONDS == null;
    long seed = Long.getLong("zowarmup.fuzz.seed", fixed ? FIXED_SEED : System.nanoTime());
    long inputs = INPUTS != null ? INPUTS : fixed ? FEW_INPUTS : Long.MAX_VALUE;
    long seconds = SECONDS != null ? SECONDS : fixed ? FEW_SECONDS : Long.MAX_VALUE / 1_000_000_000;
    long[] counts = new long[2];
    Map<String, AssertionError> finds = new TreeMap<>();
    JqwikSession.run(
        () -> {
          RandomGenerator<Damaged> generator = damaged(files).generator(1000, true);
          Random random = new Random(seed);
          long start = System.nanoTime();
          for (long n = 0; n < inputs && !isOver(start, seconds, n); n++) {
            Damaged next = generator.next(random).value();
            byte[] file = n % 2 == 0 ? repair.repaired(next.name, next.bytes) : next.bytes;
            try {
              counts[once(name, seed, new Damaged(next.name, file), target)]++;
            } catch (AssertionError e) {
              if (fixed) {
                throw e;
              }
              finds.putIfAbsent(kind(e), e); // all kinds of a long night, not the first alone
            }
          }
        });
    System.out.printf(
        "fuzzing %s: seed %d, %d accepted, %d refused%n", name, seed, counts[0], counts[1]);
    finds.forEach((kind, e) -> System.out.printf("found: %s%n", kind));
    finds.values().forEach(Throwable::printStackTrace);
    assertTrue(finds.isEmpty(), () -> finds.size() + " kinds of finds, see above");
    assertTrue(counts[1] > 0, "nothing was refused");
  }

  /** Where it happened, or what was said, without the numbers. */
  private static String kind(AssertionError e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    String at =
        Arrays.stream(cause.getStackTrace())
            .filter(frame -> frame.getClassName().startsWith("org.zowarmup."))
            .findFirst()
            .map(StackTraceElement::toString)
            .orElse("");
    String said = String.valueOf(cause.getMessage()).replaceAll("[0-9]+|junit[^/]*", "#");
    return "%s at %s: %s"
        .formatted(
            cause.getClass().getSimpleName(), at, said.substring(0, Math.min(120, said.length())));
  }

  /** A reader that is slow, or a slow machine, has a few inputs all the same. */
  private static boolean isOver(long start, long seconds, long inputs) {
    return inputs >= 50 && (System.nanoTime() - start) / 1_000_000_000 >= seconds;
  }

  /** 0 if the file was taken, 1 if it was refused as it should be. */
  private static int once(String name, long seed, Damaged file, FolderTarget target) {
    long before = Pointer.totalBytes();
    try {
      target.read(file.name, file.bytes);
      assertEquals(before, Pointer.totalBytes(), "off-heap memory left open");
      return 0;
    } catch (UserErrorException e) {
      String message = String.valueOf(e.getMessage());
      assertFalse(message.contains("\n"), message);
      boolean said = message.contains("expected ") && message.contains("found");
      assertTrue(said || message.contains(": unknown key"), message);
      assertTrue(message.length() < MAX_MESSAGE, message);
      assertEquals(before, Pointer.totalBytes(), "off-heap memory left open");
      return 1;
    } catch (IOException | RuntimeException | Error e) {
      throw new AssertionError(
          "%s, seed %d, file %s: %s".formatted(name, seed, file.name, keep(name, file.bytes)), e);
    }
  }

  private static Path keep(String name, byte[] file) {
    try {
      Path folder = Files.createDirectories(Path.of("target/fuzz"));
      String print = "%s-%08x.bin".formatted(name.replace('/', '-'), Arrays.hashCode(file));
      Path kept = folder.resolve(print);
      return Files.write(kept, file).toAbsolutePath();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A seed log with the right length and checksum of every record, as far as there are records. */
  public static byte[] framed(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file.clone()).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 8; at + 8 <= file.length; ) {
      int length = bytes.getInt(at);
      if (length < 0 || length > file.length - at - 8) {
        length = file.length - at - 8;
        bytes.putInt(at, length);
      }
      CRC32C crc = new CRC32C();
      crc.update(file, at + 8, length);
      bytes.putInt(at + 4, (int) crc.getValue());
      at += 8 + length;
    }
    return bytes.array();
  }
}
