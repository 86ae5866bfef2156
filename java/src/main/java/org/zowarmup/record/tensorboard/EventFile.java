package org.zowarmup.record.tensorboard;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.CRC32C;
import org.zowarmup.error.UserErrorException;

/**
 * A file of events as TensorBoard reads it: TFRecord frames around the protocol buffer messages of
 * {@code tensorboard/compat/proto/event.proto} and {@code summary.proto}, of which the few fields
 * that scalars need are written here.
 */
final class EventFile implements AutoCloseable {
  private static final int EVENT_WALL_TIME = 1;
  private static final int EVENT_STEP = 2;
  private static final int EVENT_FILE_VERSION = 3;
  private static final int EVENT_SUMMARY = 5;
  private static final int SUMMARY_VALUE = 1;
  private static final int VALUE_TAG = 1;
  private static final int VALUE_SIMPLE = 2;
  private static final int MASK_DELTA = 0xa282ead8;

  private final Path file;
  private final OutputStream out;

  /** One protocol buffer message. */
  private interface Message {
    void writeTo(CodedOutputStream out) throws IOException;
  }

  /** Makes the file, which must not exist, and writes the version that readers look for. */
  EventFile(Path file, double wallSeconds) {
    this.file = file;
    try {
      Files.createDirectories(file.getParent());
      this.out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW);
    } catch (IOException e) {
      throw failure(e);
    }
    event(wallSeconds, 0, message -> message.writeString(EVENT_FILE_VERSION, "brain.Event:2"));
  }

  /** Adds scalars of one step. */
  void scalars(double wallSeconds, long step, Map<String, Double> values) {
    byte[] summary =
        bytes(
            message -> {
              for (Map.Entry<String, Double> value : values.entrySet()) {
                message.writeByteArray(
                    SUMMARY_VALUE,
                    bytes(
                        one -> {
                          one.writeString(VALUE_TAG, value.getKey());
                          one.writeFloat(VALUE_SIMPLE, value.getValue().floatValue());
                        }));
              }
            });
    event(wallSeconds, step, message -> message.writeByteArray(EVENT_SUMMARY, summary));
  }

  private void event(double wallSeconds, long step, Message what) {
    frame(
        bytes(
            message -> {
              message.writeDouble(EVENT_WALL_TIME, wallSeconds);
              if (step != 0) { // the default, which is left out
                message.writeInt64(EVENT_STEP, step);
              }
              what.writeTo(message);
            }));
  }

  private static byte[] bytes(Message message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream coded = CodedOutputStream.newInstance(bytes);
    try {
      message.writeTo(coded);
      coded.flush();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  /** Length, its checksum, the message, its checksum; little endian, in one write. */
  private void frame(byte[] message) {
    ByteBuffer frame = ByteBuffer.allocate(16 + message.length).order(ByteOrder.LITTLE_ENDIAN);
    frame.putLong(message.length);
    frame.putInt(maskedChecksum(frame.array(), 0, 8));
    frame.put(message);
    frame.putInt(maskedChecksum(message, 0, message.length));
    try {
      out.write(frame.array());
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** CRC-32C, rotated and shifted, since checksums of checksums are weak. */
  static int maskedChecksum(byte[] bytes, int from, int count) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, from, count);
    int crc = (int) sum.getValue();
    return (crc >>> 15 | crc << 17) + MASK_DELTA;
  }

  private UserErrorException failure(IOException e) {
    return new UserErrorException("cannot write " + file + ": " + e.getMessage(), e);
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw failure(e);
    }
  }
}
