package org.zowarmup.data.format.bytes;

import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.nativecpu.NativeCpu;

/**
 * Bytes off the Java heap that live as long as a data set: anonymous memory or a mapped file. Long
 * indexed, so more than 2 GiB is nothing special. Counted by {@link Pointer#totalBytes()} until
 * closed.
 */
public final class ResidentBytes extends BytePointer {
  private static final int ERANGE = 34;

  private ResidentBytes(Pointer memory, long bytes) {
    super(memory);
    capacity = bytes;
    limit = bytes;
    deallocator(new Unmap(this, bytes));
  }

  @Override
  public int sizeof() {
    return 1;
  }

  /** Gives the memory back when the pointer is closed or, failing that, collected. */
  private static final class Unmap extends Pointer implements Pointer.Deallocator {
    private Unmap(Pointer memory, long bytes) {
      super(memory);
      capacity = bytes;
      limit = bytes;
    }

    @Override
    public void deallocate() {
      if (!isNull()) {
        int error = NativeCpu.unmapMemory(this, capacity);
        setNull();
        if (error != 0) {
          throw new IllegalStateException("munmap failed with errno " + error);
        }
      }
    }
  }

  /**
   * Zeros.
   *
   * @param what what they are for, as in "images of FOLDER", for the message
   * @throws UserErrorException if the machine has not that much memory
   */
  public static ResidentBytes allocate(long bytes, String what) {
    if (bytes < 1) {
      throw new IllegalArgumentException(
          "bytes of " + what + ": expected at least 1, found " + bytes);
    }
    long physical = Pointer.totalPhysicalBytes();
    if (physical > 0 && bytes > physical) {
      throw tooLarge(what, bytes, "this machine has %d bytes".formatted(physical));
    }
    Pointer memory = NativeCpu.mapMemory(bytes);
    if (memory == null || memory.isNull()) {
      throw tooLarge(what, bytes, "the system refuses them");
    }
    return new ResidentBytes(memory, bytes);
  }

  private static UserErrorException tooLarge(String what, long bytes, String found) {
    return new UserErrorException(
        "%s: expected %d bytes of memory, found that %s; take a smaller data set or a larger machine"
            .formatted(what, bytes, found));
  }

  /**
   * {@code bytes} bytes of a file, read-only, loaded by the system as they are touched. The file
   * must not become shorter while they are in use.
   *
   * @param from a multiple of 4096
   * @throws BadDataException if the file cannot be opened or is shorter
   */
  public static ResidentBytes map(Path file, long from, long bytes) {
    byte[] name = FileNames.bytes(file);
    try (BytePointer bytesOfName = new BytePointer(Arrays.copyOf(name, name.length + 1));
        IntPointer error = new IntPointer(1).put(0)) {
      Pointer memory = NativeCpu.mapFile(bytesOfName, from, bytes, error);
      if (memory == null || memory.isNull()) {
        throw new BadDataException(
            file,
            "",
            "a file of at least %d bytes that can be mapped to memory".formatted(from + bytes),
            error.get() == ERANGE ? "a shorter file" : "error " + error.get());
      }
      return new ResidentBytes(memory, bytes);
    }
  }

  /** A view of {@code bytes} bytes from {@code from} on; closing it frees nothing. */
  public BytePointer slice(long from, long bytes) {
    return slice(this, from, bytes);
  }

  /** A view of a part of any buffer; it owns nothing, and threads may each have their own. */
  public static BytePointer slice(BytePointer whole, long from, long bytes) {
    if (from < 0 || bytes < 0 || from + bytes > whole.capacity()) {
      throw new IndexOutOfBoundsException(
          "%d bytes from %d on of %d".formatted(bytes, from, whole.capacity()));
    }
    return new View(whole, from, bytes);
  }

  private static final class View extends BytePointer {
    /** Kept, so that the memory is not collected before its views. */
    private final BytePointer whole;

    private View(BytePointer whole, long from, long bytes) {
      super((Pointer) null);
      this.whole = whole;
      address = whole.address() + from;
      capacity = bytes;
      limit = bytes;
    }

    @Override
    public int sizeof() {
      return whole.sizeof();
    }
  }
}
