package org.zowarmup.record.lock;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who is at work, as text in a file: a process, its node, and Slurm's job with its starts. It is
 * what a lock is called by, and the lock itself on a file system that has none: made only where it
 * is missing, which every file system does at once or not at all.
 */
final class OwnerFile {
  private OwnerFile() {}

  /** A process; the job and its starts are empty outside of Slurm. */
  record Owner(String host, long pid, String job, int starts) {
    private static final Path HOST = Path.of("/proc/sys/kernel/hostname");

    static Owner current() {
      Map<String, String> environment = System.getenv();
      String starts = environment.getOrDefault("SLURM_RESTART_COUNT", "0");
      return new Owner(
          thisHost(),
          ProcessHandle.current().pid(),
          environment.getOrDefault("SLURM_JOB_ID", ""),
          starts.matches("\\d{1,6}") ? Integer.parseInt(starts) : 0);
    }

    private static String thisHost() {
      try {
        return Files.readString(HOST).strip().replace(' ', '-');
      } catch (IOException e) {
        return "this-machine"; // another system than Linux, of one node
      }
    }

    /** Empty where the text is not of this form, as it is for a moment while it is written. */
    static Optional<Owner> parse(String text) {
      String[] words = text.strip().split(" ", -1);
      return words.length == 4 && words[1].matches("\\d{1,18}") && words[3].matches("\\d{1,6}")
          ? Optional.of(
              new Owner(
                  words[0],
                  Long.parseLong(words[1]),
                  words[2].equals("-") ? "" : words[2],
                  Integer.parseInt(words[3])))
          : Optional.empty();
    }

    String text() {
      return "%s %d %s %d%n".formatted(host, pid, job.isEmpty() ? "-" : job, starts);
    }

    /** In words. */
    String words() {
      return "process %d on %s%s".formatted(pid, host, job.isEmpty() ? "" : " of job " + job);
    }

    /**
     * Whether it is known to have ended: a process of this node, or an earlier start of the job.
     */
    boolean hasEnded(Owner now) {
      boolean earlier = !job.isEmpty() && job.equals(now.job) && starts < now.starts;
      boolean dead =
          host.equals(now.host) && ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty();
      return earlier || dead;
    }
  }

  /** Who a file names. */
  static Optional<Owner> read(Path file) {
    try {
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      return lines.isEmpty() ? Optional.empty() : Owner.parse(lines.get(0));
    } catch (IOException e) {
      return Optional.empty(); // gone, or not of this form
    }
  }

  /** Makes the file where there is none, or one of a process that has ended. */
  static boolean tryMake(Path file) throws IOException {
    Owner now = Owner.current();
    if (make(file, now)) {
      return true;
    }
    Optional<Owner> other = read(file);
    if (other.isEmpty() || !other.get().hasEnded(now)) {
      return false;
    }
    // of several that see this, one moves the old file away
    Path old = file.resolveSibling(file.getFileName() + "-" + now.host + "-" + now.pid);
    try {
      Files.move(file, old, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return false;
    }
    boolean same = read(old).equals(other);
    Files.deleteIfExists(old);
    return same && make(file, now);
  }

  private static boolean make(Path file, Owner owner) throws IOException {
    try {
      Files.writeString(
          file, owner.text(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }
}
