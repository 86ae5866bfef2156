package org.zowarmup.record.tensorboard;

import static org.zowarmup.record.file.ProtoMessage.bytes;

import com.google.protobuf.ByteString;
import com.google.protobuf.Value;
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
import org.zowarmup.record.file.ProtoMessage;

/**
 * A file of events as TensorBoard reads it: TFRecord frames around the protocol buffer messages of
 * {@code tensorboard/compat/proto/event.proto} and {@code summary.proto}, and for its table of
 * hyperparameters {@code tensorboard/plugins/hparams/plugin_data.proto}, of which the few fields
 * that are needed are written here.
 */
final class EventFile implements AutoCloseable {
  private static final int EVENT_WALL_TIME = 1;
  private static final int EVENT_STEP = 2;
  private static final int EVENT_FILE_VERSION = 3;
  private static final int EVENT_SUMMARY = 5;
  private static final int SUMMARY_VALUE = 1;
  private static final int VALUE_TAG = 1;
  private static final int VALUE_SIMPLE = 2;
  private static final int VALUE_TENSOR = 8;
  private static final int VALUE_METADATA = 9;
  private static final int SESSION_START = 3;
  private static final int SESSION_END = 4;
  private static final int SUCCESS = 1;
  private static final int MASK_DELTA = 0xa282ead8;

  private final Path file;
  private final OutputStream out;

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
    event(
        wallSeconds,
        step,
        summary(
            out -> {
              for (Map.Entry<String, Double> value : values.entrySet()) {
                out.writeBytes(
                    SUMMARY_VALUE,
                    bytes(
                        one -> {
                          one.writeString(VALUE_TAG, value.getKey());
                          one.writeFloat(VALUE_SIMPLE, value.getValue().floatValue());
                        }));
              }
            }));
  }

  /**
   * Adds what the run is a row of TensorBoard's table of hyperparameters by.
   *
   * @param values numbers, truth values, and texts of all others
   */
  void hyperparameters(double wallSeconds, Map<String, Object> values) {
    ProtoMessage start =
        out -> {
          for (Map.Entry<String, Object> value : values.entrySet()) {
            out.writeBytes(
                1,
                bytes(
                    entry -> {
                      entry.writeString(1, value.getKey());
                      entry.writeMessage(2, value(value.getValue()));
                    }));
          }
          out.writeDouble(5, wallSeconds);
        };
    session(wallSeconds, "_hparams_/session_start_info", SESSION_START, start);
  }

  private static Value value(Object value) {
    Value.Builder of = Value.newBuilder();
    if (value instanceof Number number) {
      of.setNumberValue(number.doubleValue());
    } else if (value instanceof Boolean truth) {
      of.setBoolValue(truth);
    } else {
      of.setStringValue(value.toString());
    }
    return of.build();
  }

  /** Adds that the run has come to its end. */
  void ended(double wallSeconds) {
    ProtoMessage end =
        out -> {
          out.writeEnum(1, SUCCESS);
          out.writeDouble(2, wallSeconds);
        };
    session(wallSeconds, "_hparams_/session_end_info", SESSION_END, end);
  }

  /** The message lies in the metadata of a value that is an empty tensor of 32-bit floats. */
  private void session(double wallSeconds, String tag, int field, ProtoMessage message) {
    ProtoMessage plugin =
        out -> {
          out.writeString(1, "hparams");
          out.writeBytes(2, bytes(data -> data.writeBytes(field, bytes(message))));
        };
    ProtoMessage empty =
        out -> {
          out.writeEnum(1, 1);
          out.writeBytes(2, bytes(shape -> shape.writeBytes(2, ByteString.EMPTY)));
        };
    ProtoMessage value =
        out -> {
          out.writeString(VALUE_TAG, tag);
          out.writeBytes(VALUE_TENSOR, bytes(empty));
          out.writeBytes(VALUE_METADATA, bytes(metadata -> metadata.writeBytes(1, bytes(plugin))));
        };
    event(wallSeconds, 0, summary(out -> out.writeBytes(SUMMARY_VALUE, bytes(value))));
  }

  private static ProtoMessage summary(ProtoMessage values) {
    return out -> out.writeBytes(EVENT_SUMMARY, bytes(values));
  }

  private void event(double wallSeconds, long step, ProtoMessage what) {
    frame(
        bytes(
                message -> {
                  message.writeDouble(EVENT_WALL_TIME, wallSeconds);
                  if (step != 0) { // the default, which is left out
                    message.writeInt64(EVENT_STEP, step);
                  }
                  what.writeTo(message);
                })
            .toByteArray());
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
