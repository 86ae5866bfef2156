package org.zowarmup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
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

  private static Arbitrary<byte[]> damaged(List<byte[]> files) {
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
              byte[] file = files.get(index);
              for (Mutation change : mutations) {
                file = change.apply(file);
              }
              return file;
            });
  }

  /** Damages files as {@link #run(String, List, UnaryOperator, Target)} does, and repairs none. */
  public static void run(String name, List<byte[]> files, Target target) {
    run(name, files, UnaryOperator.identity(), target);
  }

  /**
   * @param files good ones
   * @param repair makes the checksums of a damaged file right again, so that what is wrong is found
   *     behind them; every second file is repaired
   */
  public static void run(
      String name, List<byte[]> files, UnaryOperator<byte[]> repair, Target target) {
    boolean fixed = INPUTS == null && SECONDS == null;
    long seed = Long.getLong("zowarmup.fuzz.seed", fixed ? FIXED_SEED : System.nanoTime());
    long inputs = INPUTS != null ? INPUTS : fixed ? FEW_INPUTS : Long.MAX_VALUE;
    long seconds = SECONDS != null ? SECONDS : fixed ? FEW_SECONDS : Long.MAX_VALUE / 1_000_000_000;
    long[] counts = new long[2];
    JqwikSession.run(
        () -> {
          RandomGenerator<byte[]> generator = damaged(files).generator(1000, true);
          Random random = new Random(seed);
          long start = System.nanoTime();
          for (long n = 0; n < inputs && !isOver(start, seconds, n); n++) {
            byte[] file = generator.next(random).value();
            counts[once(name, seed, n % 2 == 0 ? repair.apply(file) : file, target)]++;
          }
        });
    System.out.printf(
        "fuzzing %s: seed %d, %d accepted, %d refused%n", name, seed, counts[0], counts[1]);
    assertTrue(counts[1] > 0, "nothing was refused");
  }

  /** A reader that is slow, or a slow machine, has a few inputs all the same. */
  private static boolean isOver(long start, long seconds, long inputs) {
    return inputs >= 50 && (System.nanoTime() - start) / 1_000_000_000 >= seconds;
  }

  /** 0 if the file was taken, 1 if it was refused as it should be. */
  private static int once(String name, long seed, byte[] file, Target target) {
    long before = Pointer.totalBytes();
    try {
      target.read(file);
      assertEquals(before, Pointer.totalBytes(), "off-heap memory left open");
      return 0;
    } catch (UserErrorException e) {
      String message = String.valueOf(e.getMessage());
      assertFalse(message.contains("\n"), message);
      boolean said = message.contains("expected ") && message.contains("found ");
      assertTrue(said || message.contains(": unknown key"), message);
      assertTrue(message.length() < MAX_MESSAGE, message);
      assertEquals(before, Pointer.totalBytes(), "off-heap memory left open");
      return 1;
    } catch (IOException | RuntimeException | Error e) {
      throw new AssertionError("%s, seed %d: %s".formatted(name, seed, keep(name, file)), e);
    }
  }

  private static Path keep(String name, byte[] file) {
    try {
      Path kept = Files.createDirectories(Path.of("target/fuzz")).resolve(name + ".bin");
      return Files.write(kept, file).toAbsolutePath();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
