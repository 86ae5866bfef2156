package org.zowarmup.data.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.Formats;
import org.zowarmup.data.Normalization;
import org.zowarmup.data.TestImages;
import org.zowarmup.error.BadDataException;

class CacheFileTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("x.zowdata");
    try (DataSet data = original();
        FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      CacheFile.Prepared prepared = CacheFile.prepare(data, "print");
      prepared.write(channel);
      assertEquals(prepared.bytes(), Files.size(file));
    }
  }

  private static DataSet original() {
    return DataSources.find("imagenet32").load(Formats.path("imagenet32-numpy2/protocol4"));
  }

  @Test
  void isTheOriginal() {
    assertEquals("print", CacheFile.fingerprintOrNull(file));
    assertEquals("converted", DataSources.resolve("auto", file).name());
    try (DataSet data = DataSources.find("converted").load(file);
        DataSet original = original()) {
      Formats.check(data.train(), 0, 37, 8, 3, 7);
      Formats.check(data.test(), 37, 3, 8, 3, 7);
      assertEquals(original.train().classNames(), data.train().classNames());
      assertEquals(original.source(), data.source());
      assertEquals(Normalization.of(original.train()), Normalization.of(data.train()));
      for (int c = 0; c < 3; c++) {
        assertArrayEquals(original.test().levels().counts()[c], data.test().levels().counts()[c]);
      }
    }
  }

  private String refusal() {
    long before = Pointer.totalBytes();
    BadDataException error =
        assertThrows(BadDataException.class, () -> DataSources.find("converted").load(file));
    assertTrue(Pointer.totalBytes() <= before, "mapped bytes left open");
    String start = "bad data in " + file;
    assertTrue(error.getMessage().startsWith(start), error.getMessage());
    return error.getMessage().substring(start.length());
  }

  private void flip(byte[] good, int offset) throws IOException {
    byte[] bad = good.clone();
    bad[offset] ^= 16;
    Files.write(file, bad);
  }

  /** Whatever byte is wrong, of what matters, it is found. */
  @Test
  void namesDamage() throws IOException {
    byte[] good = Files.readAllBytes(file);
    for (int offset : new int[] {8, 12, 16, 100, 5000}) {
      flip(good, offset);
      String line = refusal();
      assertTrue(line.startsWith(", header: ") || line.startsWith(", offset 8: "), line);
      assertNull(CacheFile.fingerprintOrNull(file));
    }
    flip(good, 0);
    assertEquals(
        ", offset 0: expected a converted data set (ZOWDATA, version 1), found another start",
        refusal());
    flip(good, good.length - 1); // the last byte is a test pixel
    String line = refusal();
    assertTrue(
        line.matches(
            ", pixels from offset \\d+: expected checksum [0-9a-f]{8}, found [0-9a-f]{8}: it is"
                + " damaged, delete it"),
        line);
    Files.write(file, Arrays.copyOf(good, good.length - 1));
    assertEquals(
        ": expected %d bytes, found %d: delete it".formatted(good.length, good.length - 1),
        refusal());
    Files.write(file, Arrays.copyOf(good, 12));
    assertEquals(": expected a converted data set, found a file of 12 bytes", refusal());
  }

  /** Opened without a check, damaged pixels are found while they are used. */
  @Test
  void findsDamageInTheBackground() throws IOException {
    byte[] good = Files.readAllBytes(file);
    flip(good, good.length - 1);
    try (CachedData cached = CacheFile.open(file)) {
      cached.checkInBackground();
      assertThrows(BadDataException.class, cached::awaitCheck);
      assertThrows(BadDataException.class, cached::throwIfDamaged);
    }
    Files.write(file, good);
    try (CachedData cached = CacheFile.open(file)) {
      cached.checkInBackground();
      cached.awaitCheck();
      assertEquals(37 * 8 * 8 * 3, TestImages.bytes(cached.data().train()).length);
    }
  }
}
