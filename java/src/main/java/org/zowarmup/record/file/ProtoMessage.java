package org.zowarmup.record.file;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;

/** One protocol buffer message, of which the fields that are needed are written by number. */
@FunctionalInterface
public interface ProtoMessage {
  void writeTo(CodedOutputStream out) throws IOException;

  /** The message as it is in a file or a field of another. */
  static ByteString bytes(ProtoMessage message) {
    ByteString.Output buffer = ByteString.newOutput();
    CodedOutputStream out = CodedOutputStream.newInstance(buffer);
    try {
      message.writeTo(out);
      out.flush();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory", e);
    }
    return buffer.toByteString();
  }
}
