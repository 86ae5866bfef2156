package org.zowarmup.export;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.zowarmup.record.file.ProtoMessage;

/**
 * An ONNX model (https://onnx.ai/onnx/repo-docs/IR.html) that is put together node by node: the
 * protocol buffer messages of {@code onnx.proto}, of which the few fields that a network needs are
 * written here.
 */
final class OnnxFile {
  /** Element types of {@code TensorProto.DataType}. */
  static final int FLOAT = 1;

  static final int UINT8 = 2;
  private static final int INT64 = 7;

  /** The version of the operators, and the first of the format that may name it. */
  private static final int OPSET = 21;

  private static final int IR_VERSION = 10;

  private final List<ByteString> nodes = new ArrayList<>();
  private final List<ByteString> tensors = new ArrayList<>();
  private final List<ByteString> inputs = new ArrayList<>();
  private final List<ByteString> outputs = new ArrayList<>();

  /** An attribute of a node. */
  record Attribute(ByteString message) {
    private static final int TYPE_FLOAT = 1;
    private static final int TYPE_INT = 2;
    private static final int TYPE_STRING = 3;
    private static final int TYPE_INTS = 7;

    private static Attribute of(String name, int type, ProtoMessage value) {
      return new Attribute(
          ProtoMessage.bytes(
              out -> {
                out.writeString(1, name);
                value.writeTo(out);
                out.writeEnum(20, type);
              }));
    }

    static Attribute of(String name, float value) {
      return of(name, TYPE_FLOAT, out -> out.writeFloat(2, value));
    }

    static Attribute of(String name, long value) {
      return of(name, TYPE_INT, out -> out.writeInt64(3, value));
    }

    static Attribute of(String name, String value) {
      return of(name, TYPE_STRING, out -> out.writeString(4, value));
    }

    static Attribute ints(String name, long... values) {
      return of(
          name,
          TYPE_INTS,
          out -> {
            for (long value : values) {
              out.writeInt64(8, value);
            }
          });
    }
  }

  /**
   * Adds an operation; what it reads must have been added before.
   *
   * @param output name of its one result, of the node too
   */
  void node(String operator, String output, List<String> reads, Attribute... attributes) {
    nodes.add(
        ProtoMessage.bytes(
            out -> {
              for (String name : reads) {
                out.writeString(1, name);
              }
              out.writeString(2, output);
              out.writeString(3, output);
              out.writeString(4, operator);
              for (Attribute attribute : attributes) {
                out.writeBytes(5, attribute.message());
              }
            }));
  }

  /** Adds a constant of 32-bit floats. */
  void floats(String name, int[] shape, float... values) {
    ByteBuffer raw = ByteBuffer.allocate(Math.multiplyExact(Float.BYTES, values.length));
    raw.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    tensor(name, FLOAT, shape, raw);
  }

  /** Adds a constant of whole numbers, in one dimension. */
  void longs(String name, long... values) {
    ByteBuffer raw = ByteBuffer.allocate(Long.BYTES * values.length);
    raw.order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(values);
    tensor(name, INT64, new int[] {values.length}, raw);
  }

  private void tensor(String name, int type, int[] shape, ByteBuffer raw) {
    tensors.add(
        ProtoMessage.bytes(
            out -> {
              for (int extent : shape) {
                out.writeInt64(1, extent);
              }
              out.writeInt32(2, type);
              out.writeString(8, name);
              out.writeBytes(9, ByteString.copyFrom(raw));
            }));
  }

  /**
   * Declares an input of the model.
   *
   * @param extents of one sample; the batch before them is free
   */
  void input(String name, int type, long... extents) {
    inputs.add(value(name, type, extents));
  }

  /** Declares an output of floats. */
  void output(String name, long... extents) {
    outputs.add(value(name, FLOAT, extents));
  }

  private static ByteString value(String name, int type, long... extents) {
    ByteString shape =
        ProtoMessage.bytes(
            out -> {
              out.writeBytes(1, ProtoMessage.bytes(batch -> batch.writeString(2, "N")));
              for (long extent : extents) {
                out.writeBytes(1, ProtoMessage.bytes(dimension -> dimension.writeInt64(1, extent)));
              }
            });
    ByteString tensor =
        ProtoMessage.bytes(
            out -> {
              out.writeInt32(1, type);
              out.writeBytes(2, shape);
            });
    return ProtoMessage.bytes(
        out -> {
          out.writeString(1, name);
          out.writeBytes(2, ProtoMessage.bytes(kind -> kind.writeBytes(1, tensor)));
        });
  }

  /**
   * The bytes of the file.
   *
   * @param version of the program that writes it
   * @param about free text by name
   */
  byte[] bytes(String name, String version, Map<String, String> about) {
    ByteString graph =
        ProtoMessage.bytes(
            out -> {
              write(out, 1, nodes);
              out.writeString(2, name);
              write(out, 5, tensors);
              write(out, 11, inputs);
              write(out, 12, outputs);
            });
    return ProtoMessage.bytes(
            out -> {
              out.writeInt64(1, IR_VERSION);
              out.writeString(2, "zowarmup");
              out.writeString(3, version);
              out.writeBytes(7, graph);
              out.writeBytes(8, ProtoMessage.bytes(opset -> opset.writeInt64(2, OPSET)));
              for (Map.Entry<String, String> entry : new TreeMap<>(about).entrySet()) {
                out.writeBytes(14, ProtoMessage.bytes(pair -> writePair(pair, entry)));
              }
            })
        .toByteArray();
  }

  private static void write(CodedOutputStream out, int field, List<ByteString> messages)
      throws IOException {
    for (ByteString message : messages) {
      out.writeBytes(field, message);
    }
  }

  private static void writePair(CodedOutputStream out, Map.Entry<String, String> entry)
      throws IOException {
    out.writeString(1, entry.getKey());
    out.writeString(2, entry.getValue());
  }
}
