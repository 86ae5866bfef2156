package org.zowarmup.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The stream that results go to. It remembers that a write failed, which printing does not say: a
 * result that no one can read, for example on a full disk, is no success.
 */
final class StandardOutput extends OutputStream {
  private final OutputStream to;
  private final Path descriptor;
  private IOException failure;

  /**
   * @param descriptor names the kind of file in {@code /proc}
   */
  StandardOutput(OutputStream to, Path descriptor) {
    this.to = to;
    this.descriptor = descriptor;
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int from, int count) {
    if (failure == null) {
      try {
        to.write(bytes, from, count);
        to.flush();
      } catch (IOException e) {
        failure = e;
      }
    }
  }

  /**
   * The exit code of a command whose output has been flushed: 1 where some of it was lost, with one
   * line that says why. A reader that has left a pipe, as {@code head} does, had all it wanted.
   */
  synchronized int exitCode(int code, PrintWriter err) {
    if (failure == null || code != Main.EXIT_OK || isPipe()) {
      return code;
    }
    err.println(
        "zowarmup: cannot write the output: %s; free some space, or write elsewhere"
            .formatted(failure.getMessage()));
    err.flush();
    return Main.EXIT_USER_ERROR;
  }

  private boolean isPipe() {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith("pipe:") || target.startsWith("socket:");
    } catch (IOException e) {
      return false;
    }
  }
}
