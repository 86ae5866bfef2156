package org.zowarmup.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.sessions.JqwikSession;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.data.batches.IdxReader;
import org.zowarmup.data.cache.CacheFile;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.numpy.NumpyFile;
import org.zowarmup.data.format.pickle.PickleReader;
import org.zowarmup.error.UserErrorException;

/**
 * Files that others wrote, damaged at random for a fixed time. Whatever comes out, a reader either
 * takes it or refuses it in one line, and keeps no memory.
 *
 * <p>{@code mvn test -pl java -am -Dtest=FuzzTest -Dzowarmup.fuzz.seconds=600} runs each for ten
 * minutes, from another seed each time. What a reader did badly on is written to {@code
 * target/fuzz}.
 */
class FuzzTest {
  private static final long SECONDS = Long.getLong("zowarmup.fuzz.seconds", 2);

  @TempDir Path folder;

  /** A reader under test. */
  private interface Target {
    void read(byte[] file) throws IOException;
  }

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
        case 4 -> { // a byte goes in
          changed = Arrays.copyOf(file, file.length + 1);
          System.arraycopy(file, at, changed, at + 1, file.length - at);
          changed[at] = (byte) value;
        }
        case 5 -> { // bytes go out
          int count = Math.min(file.length - at, 1 + (value & 15));
          changed = Arrays.copyOf(file, file.length - count);
          System.arraycopy(file, at + count, changed, at, file.length - at - count);
        }
        default -> { // a piece is repeated elsewhere
          int count = Math.min(file.length - at, 1 + (value & 63));
          int to = value * 31 % (file.length - count + 1);
          System.arraycopy(file, at, changed, to, count);
        }
      }
      return changed;
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
                Arbitraries.integers().between(0, 6),
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

  private static List<byte[]> files(String... folders) throws IOException {
    List<byte[]> contents = new ArrayList<>();
    for (String name : folders) {
      try (Stream<Path> walk = Files.walk(Formats.path(name))) {
        for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
          contents.add(Files.readAllBytes(file));
        }
      }
    }
    return contents;
  }

  private static void fuzz(String name, List<byte[]> files, Target target) {
    long seed = SECONDS > 10 ? System.nanoTime() : 20250903;
    int[] counts = new int[2];
    JqwikSession.run(
        () -> {
          RandomGenerator<byte[]> generator = damaged(files).generator(1000, true);
          Random random = new Random(seed);
          long end = System.nanoTime() + SECONDS * 1_000_000_000;
          while (System.nanoTime() < end) {
            counts[once(name, seed, generator.next(random).value(), target)]++;
          }
        });
    System.out.printf(
        "fuzzing %s: seed %d, %d accepted, %d refused%n", name, seed, counts[0], counts[1]);
    assertTrue(counts[1] > 0, "nothing was refused");
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
      assertTrue(message.contains("expected ") && message.contains("found "), message);
      assertTrue(message.length() < 2000, message);
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

  @Test
  void pickles() throws IOException {
    fuzz(
        "pickle",
        files(
            "imagenet32-numpy1",
            "imagenet32-numpy2",
            "cifar10-python",
            "cifar100-python",
            "refused/runs-code-4",
            "refused/set"),
        file -> PickleReader.read(new ByteSource.OfArray("fuzzed", file)));
  }

  @Test
  void numpyArrays() throws IOException {
    fuzz(
        "numpy",
        files("numpy", "imagenet32-npz", "refused/compound.npy"),
        file -> {
          NumpyFile arrays = NumpyFile.open(new ByteSource.OfArray("fuzzed", file));
          for (String name : arrays.names()) {
            var array = arrays.array(name);
            if (array.type().isInteger() && array.shape().length == 1) {
              array.toInts(1 << 20);
            }
          }
        });
  }

  @Test
  void idx() throws IOException {
    List<String> names = IntStream.range(0, 10).mapToObj(String::valueOf).toList();
    List<byte[]> all = files("idx"); // test images, test labels, training images and labels
    byte[] goodLabels = all.get(3);
    byte[] goodImages = all.get(2);
    fuzz(
        "idx",
        List.of(unpacked(goodImages), unpacked(goodLabels), goodImages, goodLabels),
        file -> {
          boolean images = file.length > 60;
          IdxReader.read(
                  input(images ? file : goodImages),
                  input(images ? goodLabels : file),
                  new IdxReader.Form(names, 0, false))
              .close();
        });
  }

  private static byte[] unpacked(byte[] file) throws IOException {
    try (InputStream in = input(file).decoded()) {
      return in.readAllBytes();
    }
  }

  private static IdxReader.Input input(byte[] file) {
    return new IdxReader.Input("fuzzed", () -> new ByteArrayInputStream(file));
  }

  @Test
  void archives() throws IOException {
    Path path = folder.resolve("fuzzed");
    fuzz(
        "archive",
        files("archives"),
        file -> {
          Files.write(path, file);
          if (ImageFolderSource.isArchive(path)) {
            DataSources.find("image-folder").load(path).close();
          } else {
            DataSources.find("auto").load(path).close();
          }
        });
  }

  @Test
  void convertedCopies() throws IOException {
    Path path = folder.resolve("copy");
    try (DataSet data = DataSources.find("numpy").load(Formats.path("numpy/medical.npz"));
        FileChannel channel =
            FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      CacheFile.prepare(data, "print").write(channel);
    }
    byte[] good = Files.readAllBytes(path);
    fuzz(
        "converted",
        List.of(good),
        file -> {
          Files.write(path, file);
          DataSources.find("converted").load(path).close();
        });
  }
}
