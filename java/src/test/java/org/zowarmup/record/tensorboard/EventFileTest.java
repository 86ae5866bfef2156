package org.zowarmup.record.tensorboard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
  /** CRC-32C of "123456789" is e3069283 (RFC 3720's check value); rotated by 15 and shifted. */
  @Test
  void checksumsAreMaskedAsTensorFlowMasksThem() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    int expected = Integer.rotateRight(0xe3069283, 15) + 0xa282ead8;
    assertEquals(expected, EventFile.maskedChecksum(digits, 0, 9));
  }

  /** The bytes that TensorBoard's own writer makes of the same two events. */
  @Test
  void theBytesAreThoseOfTensorBoardsWriter(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("a/events.out.tfevents.1.zowarmup");
    try (EventFile events = new EventFile(file, 1.5)) {
      events.scalars(2.5, 7, Map.of("accuracy/test", 0.75));
    }
    assertArrayEquals(HexFormat.of().parseHex(EXPECTED), Files.readAllBytes(file));
  }

  /** TensorBoard 2.21's RecordWriter of the messages of its HParams plugin. */
  @Test
  void hyperparametersAreThoseOfTensorBoardsPlugin(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("events.out.tfevents.1.zowarmup");
    try (EventFile events = new EventFile(file, 1.5)) {
      events.hyperparameters(2.5, Map.of("zo.seeds", 4));
      events.ended(3.5);
    }
    assertArrayEquals(HexFormat.of().parseHex(SESSION), Files.readAllBytes(file));
  }

  private static final String SESSION =
      "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c"
          + "6400000000000000435f1cdf0900000000000004402a590a570a1c5f68706172616d735f2f736573"
          + "73696f6e5f73746172745f696e666f42060801120212004a2f0a2d0a0768706172616d7312221a20"
          + "0a150a087a6f2e73656564731209110000000000001040290000000000000440aea31a964d000000"
          + "000000003d63d4a6090000000000000c402a420a400a1a5f68706172616d735f2f73657373696f6e"
          + "5f656e645f696e666f42060801120212004a1a0a180a0768706172616d73120d220b080111000000"
          + "0000000c40621fe013";

  private static final String EXPECTED =
      "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c"
          + "2300000000000000b09f774309000000000000044010072a160a140a0d61636375726163792f7465"
          + "7374150000403f05b33ff4";
}
