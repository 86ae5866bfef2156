package org.zowarmup.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Read back frame by frame, as LevelDB's log format is described. */
class WandbFileTest {
  private static final WandbFile.Head HEAD =
      new WandbFile.Head("id7", "project", "group", "job", "name", Instant.ofEpochSecond(5));

  private static List<UnknownFieldSet> records(ByteBuffer bytes) throws IOException {
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    byte[] head = new byte[4];
    bytes.get(head);
    assertEquals(":W&B", new String(head, StandardCharsets.US_ASCII));
    assertEquals((short) 0xBEE1, bytes.getShort());
    assertEquals(0, bytes.get());
    List<UnknownFieldSet> records = new ArrayList<>();
    ByteArrayOutputStream record = new ByteArrayOutputStream();
    while (bytes.hasRemaining()) {
      int left = (1 << 15) - bytes.position() % (1 << 15);
      if (left < 7) {
        bytes.position(bytes.position() + left);
        continue;
      }
      int sum = bytes.getInt();
      byte[] part = new byte[1 + bytes.getShort()];
      bytes.get(part);
      CRC32 crc = new CRC32();
      crc.update(part);
      assertEquals((int) crc.getValue(), sum);
      assertTrue(6 + part.length <= left, "a frame across the border of two blocks");
      assertEquals(record.size() == 0, part[0] == 1 || part[0] == 2, "kind " + part[0]);
      record.write(part, 1, part.length - 1);
      if (part[0] == 1 || part[0] == 4) {
        records.add(UnknownFieldSet.parseFrom(record.toByteArray()));
        record.reset();
      }
    }
    return records;
  }

  private static UnknownFieldSet message(UnknownFieldSet in, int field) throws IOException {
    return UnknownFieldSet.parseFrom(in.getField(field).getLengthDelimitedList().get(0));
  }

  private static List<String> texts(UnknownFieldSet in, int field) {
    return in.getField(field).getLengthDelimitedList().stream()
        .map(ByteString::toStringUtf8)
        .toList();
  }

  @Test
  void recordsAreReadBackWhateverTheirLength() throws IOException {
    // every length around a border of blocks
    for (int length = 32_000; length < 33_000; length++) {
      WandbFile file = new WandbFile("test", HEAD, Map.of());
      file.history(1, Map.of("a", "x".repeat(length)));
      file.history(2, Map.of("a", 0.5));
      List<UnknownFieldSet> records = records(file.content());
      assertEquals(4, records.size());
      UnknownFieldSet item = message(message(records.get(2), 2), 1);
      assertEquals(length + 2, texts(item, 16).get(0).length());
      assertEquals(List.of("0.5"), texts(message(message(records.get(3), 2), 1), 16));
    }
    WandbFile file = new WandbFile("test", HEAD, Map.of());
    file.history(1, Map.of("a", "x".repeat(100_000)));
    assertEquals(3, records(file.content()).size());
  }

  @Test
  void aRunHasItsConfigBySections() throws IOException {
    WandbFile file = new WandbFile("test", HEAD, Map.of("zo.seeds", 4));
    file.exit(false, 3);
    List<UnknownFieldSet> records = records(file.content());
    UnknownFieldSet run = message(records.get(1), 17);
    assertEquals(List.of("id7"), texts(run, 1));
    assertEquals(List.of("name"), texts(run, 8));
    UnknownFieldSet item = message(message(run, 4), 1);
    assertEquals(List.of("zo", "seeds"), texts(item, 2));
    assertEquals(List.of("4"), texts(item, 16));
    assertEquals(List.of(3L), records.get(2).getField(1).getVarintList(), "numbered from 1");
  }
}
