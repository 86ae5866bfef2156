package org.zowarmup.data.format.bytes;

import java.nio.ByteBuffer;

/** Bytes in an array. */
public record ArrayBytes(String name, byte[] content) implements ByteSource {
  @Override
  public long size() {
    return content.length;
  }

  @Override
  public int read(ByteBuffer into, long position) {
    if (position >= content.length) {
      return -1;
    }
    int count = Math.min(into.remaining(), content.length - (int) position);
    into.put(content, (int) position, count);
    return count;
  }
}
