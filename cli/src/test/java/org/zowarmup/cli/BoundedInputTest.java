package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zowarmup.run.RealRun;
import org.zowarmup.run.TinyImages;

/** Inputs that never end, or that are far larger than they look. */
@Timeout(20)
class BoundedInputTest {
  @TempDir Path root;
  private Path images;
  private Path pipe;

  @BeforeEach
  void write() throws IOException, InterruptedException {
    images = TinyImages.gray(root.resolve("images"), 3, 2);
    pipe = root.resolve("pipe.png");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
  }

  private String refused(Object... words) {
    String[] all = new String[words.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = String.valueOf(words[i]);
    }
    RealRun run = RealRun.main(() -> false, root, all);
    assertEquals(2, run.code(), run.err());
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    return run.err();
  }

  private static void assertSays(String line, String part) {
    assertTrue(line.contains(part), line);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "auto",
        "idx",
        "numpy",
        "leaf",
        "cifar10",
        "image-folder",
        "converted",
        "imagenet32"
      })
  void aDataSetIsNoPipe(String source) {
    assertSays(refused("data", "inspect", pipe, "--source", source), "pipe");
    refused("data", "inspect", "/dev/zero", "--source", source);
  }

  @Test
  void anImageIsNoPipeAndNoDevice() throws IOException {
    Path image = images.resolve("train/class0/endless.png");
    Files.createSymbolicLink(image, pipe);
    assertSays(refused("data", "inspect", images), "found a pipe or device");
    Files.delete(image);
    Files.createSymbolicLink(image, Path.of("/dev/zero"));
    assertSays(refused("data", "inspect", images), "found a pipe or device");
  }

  @Test
  void otherFilesOfAConfigAreNoPipes() throws IOException {
    Path config =
        Files.writeString(
            root.resolve("run.yaml"),
            "{device: cpu, data: {path: '%s'}, model: {kind: cnn, channels: [4]}, clients: {count: 2, high: 0.5}, warmup: {cohort: 1}, zo: {cohort: 2}}"
                .formatted(images));
    Path output = root.resolve("run");
    for (Path endless : new Path[] {pipe, Path.of("/dev/zero")}) {
      assertSays(
          refused("train", config, "output=" + output, "model.init=" + endless),
          "found a pipe or device");
      refused(
          "train",
          config,
          "output=" + output,
          "data.partition={kind: file, path: '%s'}".formatted(endless));
      refused("evaluate", endless, "--config", config);
      refused("train", endless);
    }
  }

  private static void chunk(OutputStream out, String type, byte[] data) throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 sum = new CRC32();
    sum.update(name);
    sum.update(data);
    out.write(ByteBuffer.allocate(4).putInt(data.length).array());
    out.write(name);
    out.write(data);
    out.write(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
  }

  /** A picture of one colour takes a thousandth of its pixels. */
  @Test
  void aPictureOfTooManyPixels() throws IOException {
    Path image = images.resolve("train/class0/0.png");
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    try (DeflaterOutputStream packed = new DeflaterOutputStream(rows)) {
      packed.write(new byte[1 << 20]);
    }
    try (OutputStream out = Files.newOutputStream(image)) {
      out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10});
      byte[] header = {0, 0, 0x1f, 0, 0, 0, 0x1f, 0, 8, 2, 0, 0, 0}; // 7936 x 7936, RGB
      chunk(out, "IHDR", header);
      chunk(out, "IDAT", rows.toByteArray());
      chunk(out, "IEND", new byte[0]);
    }
    assertSays(
        refused("data", "inspect", images, "data.size=8"),
        "expected at most 33554432 pixels, found 7936x7936 pixels");
  }

  /** A name of a gigabyte, packed to a megabyte. */
  @Test
  void aTarWhoseNamesAreTooLong() throws IOException {
    Path file = root.resolve("long.tar.gz");
    byte[] head = new byte[512];
    put(head, 0, "././@LongLink");
    put(head, 100, "0000644\0");
    put(head, 108, "0000000\0");
    put(head, 116, "0000000\0");
    put(head, 124, "10000000000\0"); // 2^30 bytes
    put(head, 136, "00000000000\0");
    put(head, 148, "        ");
    put(head, 156, "L");
    put(head, 257, "ustar  \0");
    int sum = 0;
    for (byte b : head) {
      sum += Byte.toUnsignedInt(b);
    }
    put(head, 148, "%06o\0 ".formatted(sum));
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file), 1 << 16)) {
      out.write(head);
      byte[] name = new byte[1 << 20];
      java.util.Arrays.fill(name, (byte) 'a');
      for (int i = 0; i < 64; i++) {
        out.write(name);
      }
    }
    assertSays(
        refused("data", "inspect", file, "--source", "image-folder"),
        "a header of more than 1048576 bytes");
  }

  private static void put(byte[] into, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, into, at, bytes.length);
  }

  @Test
  void aConfigOfMegabytes() throws IOException {
    Path config = Files.writeString(root.resolve("large.yaml"), "a: b\n".repeat(1 << 20));
    assertSays(refused("config", config), "expected at most 4194304 bytes, found 5242880");
  }
}
