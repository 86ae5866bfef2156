package org.zowarmup.data.format.bytes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;

class ResidentBytesTest {
  /** Only what is touched takes memory, so 5 GB cost two pages. */
  @Test
  void reachesBeyondFourGibibytes() {
    long bytes = 5_000_000_000L;
    Assumptions.assumeTrue(Pointer.totalPhysicalBytes() > bytes, "a machine with 5 GB");
    long before = Pointer.totalBytes();
    try (ResidentBytes memory = ResidentBytes.allocate(bytes, "a test")) {
      assertEquals(bytes, memory.capacity());
      assertTrue(Pointer.totalBytes() >= before + bytes);
      memory.put(0, (byte) 1);
      memory.put(bytes - 1, (byte) 2);
      BytePointer end = memory.slice(bytes - 2, 2);
      byte[] found = new byte[2];
      end.get(found);
      assertArrayEquals(new byte[] {0, 2}, found);
      assertEquals(0, memory.get(bytes - (1L << 32)));
    }
    assertEquals(before, Pointer.totalBytes());
  }

  @Test
  void refusesWhatNoMachineHas() {
    UserErrorException error =
        assertThrows(
            UserErrorException.class, () -> ResidentBytes.allocate(1L << 60, "images of x"));
    assertTrue(
        error
            .getMessage()
            .matches(
                "images of x: expected 1152921504606846976 bytes of memory, found that this machine"
                    + " has \\d+ bytes; take a smaller data set or a larger machine"),
        error.getMessage());
    assertThrows(IllegalArgumentException.class, () -> ResidentBytes.allocate(0, "nothing"));
  }

  @Test
  void slicesStayInside() {
    try (ResidentBytes memory = ResidentBytes.allocate(10, "a test")) {
      assertThrows(IndexOutOfBoundsException.class, () -> memory.slice(5, 6));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.slice(-1, 2));
      assertEquals(0, memory.slice(10, 0).capacity());
    }
  }

  @Test
  void mapsAPartOfAFile(@TempDir Path folder) throws IOException {
    byte[] content = new byte[10_000];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i * 7);
    }
    Path file = Files.write(folder.resolve("file with ä"), content);
    try (ResidentBytes memory = ResidentBytes.map(file, 4096, 5904)) {
      byte[] found = new byte[5904];
      memory.get(found);
      assertArrayEquals(java.util.Arrays.copyOfRange(content, 4096, 10_000), found);
    }
    assertEquals(
        "bad data in %s: expected a file of at least 10001 bytes that can be mapped to memory, found a shorter file"
            .formatted(file),
        assertThrows(BadDataException.class, () -> ResidentBytes.map(file, 4096, 5905))
            .getMessage());
    assertThrows(BadDataException.class, () -> ResidentBytes.map(folder.resolve("none"), 0, 1));
  }
}
