package org.zowarmup.export;

import static org.zowarmup.record.file.ProtoMessage.bytes;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Timestamp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.zowarmup.record.Json;
import org.zowarmup.record.file.ProtoMessage;

/**
 * What a run of Weights &amp; Biases that is offline writes to {@code run-ID.wandb}, record by
 * record: frames of LevelDB's log format with CRC-32 around the protocol buffer messages of {@code
 * wandb_internal.proto}, of which the few fields that a finished run needs are written here.
 */
final class WandbFile {
  private static final int BLOCK = 1 << 15;

  /** Of the file as of a frame. */
  private static final int HEAD_BYTES = 7;

  private static final int HISTORY = 2;
  private static final int SUMMARY = 3;
  private static final int FILES = 6;
  private static final int RUN = 17;
  private static final int EXIT = 18;
  private static final int HEADER = 21;
  private static final int VALUE_JSON = 16;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int records;

  /**
   * What a run is listed under.
   *
   * @param id by which a later upload of the same run replaces this one
   * @param group of the runs that belong together
   * @param job what it is among them
   */
  record Head(String id, String project, String group, String job, String name, Instant start) {}

  /**
   * @param producer program and version
   * @param config its keys, dotted, and their values
   */
  WandbFile(String producer, Head head, Map<String, Object> config) {
    ByteBuffer start = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    start.put((byte) ':').put((byte) 'W').put((byte) '&').put((byte) 'B');
    start.putShort((short) 0xBEE1);
    out.writeBytes(start.array()); // the last byte is the version, 0
    add(HEADER, header -> header.writeBytes(1, bytes(version -> version.writeString(1, producer))));
    add(
        RUN,
        run -> {
          run.writeString(1, head.id);
          run.writeString(3, head.project);
          run.writeBytes(4, bytes(update -> items(update, true, config)));
          run.writeString(6, head.group);
          run.writeString(7, head.job);
          run.writeString(8, head.name);
          run.writeMessage(17, timestamp(head.start));
        });
  }

  private static Timestamp timestamp(Instant time) {
    return Timestamp.newBuilder()
        .setSeconds(time.getEpochSecond())
        .setNanos(time.getNano())
        .build();
  }

  /**
   * @param nested whether dots in a key lead into sections
   */
  private static void items(CodedOutputStream out, boolean nested, Map<String, ?> values)
      throws IOException {
    for (Map.Entry<String, ?> value : values.entrySet()) {
      out.writeBytes(
          1,
          bytes(
              item -> {
                if (nested && value.getKey().contains(".")) {
                  for (String part : value.getKey().split("\\.", -1)) {
                    item.writeString(2, part);
                  }
                } else {
                  item.writeString(1, value.getKey());
                }
                item.writeString(VALUE_JSON, Json.line(value.getValue()));
              }));
    }
  }

  /** One round. */
  void history(long step, Map<String, ?> values) {
    add(
        HISTORY,
        history -> {
          items(history, false, values);
          history.writeBytes(2, bytes(number -> number.writeInt64(1, step)));
        });
  }

  /** What the run came to. */
  void summary(Map<String, ?> values) {
    add(SUMMARY, summary -> items(summary, false, values));
  }

  /** Files that lie below the folder {@code files}, with / in their names. */
  void files(List<String> names) {
    add(
        FILES,
        files -> {
          for (String name : names) {
            files.writeBytes(
                1,
                bytes(
                    file -> {
                      file.writeString(1, name);
                      file.writeEnum(2, 1); // uploaded at the end
                    }));
          }
        });
  }

  /** The last record. */
  void exit(boolean failed, int seconds) {
    add(
        EXIT,
        exit -> {
          exit.writeInt32(1, failed ? 1 : 0);
          exit.writeInt32(2, seconds);
        });
  }

  private void add(int field, ProtoMessage message) {
    records++;
    long number = records;
    frames(
        bytes(
            record -> {
              record.writeInt64(1, number);
              record.writeBytes(field, bytes(message));
            }));
  }

  /** As many frames as it takes, none across the border of two blocks. */
  private void frames(ByteString record) {
    int at = 0;
    do {
      int left = BLOCK - out.size() % BLOCK;
      if (left < HEAD_BYTES) {
        out.writeBytes(new byte[left]);
        left = BLOCK;
      }
      int end = Math.min(record.size(), at + left - HEAD_BYTES);
      frame(at == 0, record.substring(at, end), end == record.size());
      at = end;
    } while (at < record.size());
  }

  private void frame(boolean first, ByteString part, boolean last) {
    ByteBuffer frame = ByteBuffer.allocate(HEAD_BYTES + part.size()).order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(0).putShort((short) part.size());
    frame.put((byte) (first ? last ? 1 : 2 : last ? 4 : 3));
    part.copyTo(frame);
    CRC32 sum = new CRC32();
    sum.update(frame.array(), HEAD_BYTES - 1, 1 + part.size());
    frame.putInt(0, (int) sum.getValue());
    out.writeBytes(frame.array());
  }

  ByteBuffer content() {
    return ByteBuffer.wrap(out.toByteArray());
  }
}
