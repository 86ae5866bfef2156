package org.zowarmup.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.Fuzzing;
import org.zowarmup.data.batches.IdxReader;
import org.zowarmup.data.cache.CacheFile;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.numpy.NumpyFile;
import org.zowarmup.data.format.pickle.PickleReader;

/** Data sets that others wrote, damaged at random. */
class FuzzTest {
  @TempDir Path folder;

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

  @Test
  void pickles() throws IOException {
    Fuzzing.run(
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
    Fuzzing.run(
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
    Fuzzing.run(
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
    Fuzzing.run(
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
    Fuzzing.run(
        "converted",
        List.of(good),
        file -> {
          Files.write(path, file);
          DataSources.find("converted").load(path).close();
        });
  }
}
