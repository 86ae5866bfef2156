package org.zowarmup.data.cache;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.format.bytes.ResidentBytes;
import org.zowarmup.error.BadDataException;

/**
 * An open converted data set. Its pixels are compared with their checksums in the background, so
 * that a run starts at once; its users ask from time to time whether damage was found.
 */
public final class CachedData implements AutoCloseable {
  private final DataSet data;
  private final List<Part> parts;
  private Thread checker;
  private volatile BadDataException damage;
  private volatile boolean closing;

  /**
   * @param start of the pixels in the file
   */
  record Part(Path file, ImageSet set, long start, int[] checksums) {
    /** Null where the block is as it was written. */
    private BadDataException damage(int block) {
      int found = PixelBlocks.checksum(set.pixels(), block);
      if (found == checksums[block]) {
        return null;
      }
      return new BadDataException(
          file,
          "pixels from offset " + (start + block * PixelBlocks.BLOCK_BYTES),
          "checksum %08x".formatted(checksums[block]),
          "%08x: it is damaged, delete it".formatted(found));
    }
  }

  CachedData(DataSet data, List<Part> parts) {
    this.data = data;
    this.parts = parts;
  }

  /** Owned by this; closed with it. */
  public DataSet data() {
    return data;
  }

  /**
   * Compares all pixels with their checksums now.
   *
   * @throws BadDataException naming the first damaged place
   */
  public void check() {
    checkAll();
    throwIfDamaged();
  }

  /** Starts to compare them in the background. */
  public void checkInBackground() {
    checker = new Thread(this::checkAll, "pixel-checksums");
    checker.setDaemon(true);
    checker.start();
  }

  private void checkAll() {
    for (Part part : parts) {
      for (int block = 0; block < part.checksums.length && !closing && damage == null; block++) {
        damage = part.damage(block);
      }
    }
  }

  /**
   * Throws what the background has found so far.
   *
   * @throws BadDataException naming the first damaged place
   */
  public void throwIfDamaged() {
    if (damage != null) {
      throw damage;
    }
  }

  /** Waits for the background to end, then as {@link #throwIfDamaged}. */
  public void awaitCheck() {
    join();
    throwIfDamaged();
  }

  private void join() {
    boolean interrupted = false;
    while (checker != null && checker.isAlive()) {
      try {
        checker.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until no thread reads the pixels, then frees them. */
  @Override
  public void close() {
    closing = true;
    join();
    data.close();
  }

  /**
   * Checksums of pixels, block by block, so that all cores share the work and damage has a place.
   */
  static final class PixelBlocks {
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
}
