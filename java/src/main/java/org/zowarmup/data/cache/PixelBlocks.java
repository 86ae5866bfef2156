package org.zowarmup.data.cache;

import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.format.bytes.ResidentBytes;

/** Checksums of pixels, block by block, so that all cores share the work and damage has a place. */
final class PixelBlocks {
  static final long BLOCK_BYTES = 1 << 24;

  private PixelBlocks() {}

  static int count(long bytes) {
    return Math.toIntExact((bytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
  }

  static int[] checksums(BytePointer pixels) {
    return IntStream.range(0, count(pixels.capacity()))
        .parallel()
        .map(block -> checksum(pixels, block))
        .toArray();
  }

  /** CRC-32C (Castagnoli), which processors compute. */
  static int checksum(BytePointer pixels, int block) {
    long from = block * BLOCK_BYTES;
    long bytes = Math.min(BLOCK_BYTES, pixels.capacity() - from);
    CRC32C crc = new CRC32C();
    crc.update(ResidentBytes.slice(pixels, from, bytes).asByteBuffer());
    return (int) crc.getValue();
  }
}
