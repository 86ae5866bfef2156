package org.zowarmup.data.batches;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.bytes.Payload;
import org.zowarmup.data.format.bytes.Planes;
import org.zowarmup.data.format.bytes.ResidentBytes;
import org.zowarmup.error.BadDataException;

/**
 * Streams pixels into the resident buffer. Each task has one small buffer of its own, so the memory
 * at work beside the result is a few hundred kilobytes a thread.
 */
public final class PixelLoader {
  /** Fits a core's second-level cache together with what is made of it. */
  private static final int BUFFER_BYTES = 1 << 18;

  private static final long TASK_BYTES = 1 << 24;

  private final int pixels;
  private final int channels;
  private final ResidentBytes target;

  private PixelLoader(int pixels, int channels, ResidentBytes target) {
    this.pixels = pixels;
    this.channels = channels;
    this.target = target;
  }

  /**
   * Images {@code from} to {@code from + count - 1} of a run, to image {@code to} of the target.
   */
  private record Task(Run run, int from, int count, long to) {}

  /**
   * @param pixels of an image, H * W
   * @param what the result is, for messages
   * @return [N,H,W,C] uint8, the runs one after the other; the caller closes it
   * @throws BadDataException for the first place, in order, that cannot be read
   */
  public static ResidentBytes load(List<Run> runs, int pixels, int channels, String what) {
    long images = runs.stream().mapToLong(Run::count).sum();
    ResidentBytes target = ResidentBytes.allocate(images * pixels * channels, what);
    boolean done = false;
    try {
      PixelLoader loader = new PixelLoader(pixels, channels, target);
      // findFirst keeps the order of the tasks, so the same files always name the same place.
      loader.tasks(runs).parallelStream()
          .map(loader::failure)
          .filter(Objects::nonNull)
          .findFirst()
          .ifPresent(
              failure -> {
                throw failure;
              });
      done = true;
      return target;
    } finally {
      if (!done) {
        target.close();
      }
    }
  }

  private List<Task> tasks(List<Run> runs) {
    List<Task> tasks = new ArrayList<>();
    long to = 0;
    for (Run run : runs) {
      // What has to be decoded can only be read from its start.
      long most = run.payload().direct() ? Math.max(1, TASK_BYTES / run.stride()) : run.count();
      for (int from = 0; from < run.count(); from += (int) most) {
        int count = (int) Math.min(most, run.count() - from);
        tasks.add(new Task(run, from, count, to + from));
      }
      to += run.count();
    }
    return tasks;
  }

  /** Null when all went well. */
  private BadDataException failure(Task task) {
    try {
      if (task.run.payload().direct()) {
        copyDirect(task);
      } else {
        copyDecoded(task);
      }
      return null;
    } catch (BadDataException e) {
      return e;
    } catch (EOFException e) {
      return bad(task, "%d images".formatted(task.run.count()), "the end: it is truncated");
    } catch (IOException e) {
      return bad(task, "%d readable images".formatted(task.run.count()), ByteSource.reason(e));
    }
  }

  private static BadDataException bad(Task task, String expected, String found) {
    ByteSource source = task.run.payload().source();
    return new BadDataException(
        source.name(), source.where(task.run.payload().offset()), expected, found);
  }

  private void copyDirect(Task task) throws IOException {
    Run run = task.run;
    long image = (long) pixels * channels;
    int batch = (int) Math.max(1, BUFFER_BYTES / run.stride());
    try (BytePointer buffer = new BytePointer(batch * run.stride())) {
      ByteBuffer window = buffer.asByteBuffer();
      for (int done = 0; done < task.count; done += batch) {
        int count = Math.min(batch, task.count - done);
        long bytes = (count - 1) * run.stride() + image;
        window.clear().limit((int) bytes);
        long from = run.payload().offset() + run.first() + (task.from + done) * run.stride();
        run.payload().source().readFully(window, from);
        place(buffer, run, count, task.to + done);
      }
    }
  }

  private void copyDecoded(Task task) throws IOException {
    Run run = task.run;
    int batch = (int) Math.max(1, BUFFER_BYTES / run.stride());
    byte[] read = new byte[Math.toIntExact(batch * run.stride())];
    try (BytePointer buffer = new BytePointer(read.length);
        InputStream in = run.payload().open()) {
      in.skipNBytes(run.first());
      for (int done = 0; done < task.count; done += batch) {
        int count = Math.min(batch, task.count - done);
        int bytes = Math.toIntExact(count * run.stride());
        if (in.readNBytes(read, 0, bytes) < bytes) {
          throw new EOFException();
        }
        buffer.put(read, 0, bytes);
        place(buffer, run, count, task.to + done);
      }
      if (in.read() >= 0) { // the end, where a checksum is compared
        throw bad(task, "the end after %d images".formatted(run.count()), "more bytes");
      }
    }
  }

  private void place(BytePointer buffer, Run run, int count, long to) {
    long image = (long) pixels * channels;
    BytePointer out = target.slice(to * image, count * image);
    if (run.planar() && channels > 1) {
      Planes.interleave(buffer, run.stride(), out, count, pixels, channels);
    } else {
      boolean close = run.stride() == image;
      long piece = close ? count * image : image;
      for (int i = 0; i < (close ? 1 : count); i++) {
        BytePointer from = ResidentBytes.slice(buffer, i * run.stride(), piece);
        BytePointer.memcpy(target.slice((to + i) * image, piece), from, piece);
      }
    }
  }

  /**
   * Images that lie one after the other.
   *
   * @param payload where they lie
   * @param first bytes of the payload before the first image
   * @param stride bytes from one image to the next, at least an image
   * @param planar whether an image is stored plane by plane [C,H,W], else [H,W,C]
   * @param count how many they are
   */
  public record Run(Payload payload, long first, long stride, boolean planar, int count) {}
}
