package org.zowarmup.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Time of all cores since the machine started, in the kernel's ticks. Two of them around a moment
 * in which this program rests tell what others use; the usual load average cannot, since it still
 * holds the build that went before.
 *
 * @param busy everything but idle: also what a hypervisor gave to others
 * @param total idle time included
 */
public record ProcessorTime(long busy, long total) {
  private static final Path STAT = Path.of("/proc/stat");
  private static final int FIELDS = 8;
  private static final int IDLE = 3;
  private static final int WAITING_FOR_DISKS = 4;

  /** Rests for a second; the part of the cores' time that was not idle, NaN where unknown. */
  public static double usedByOthers() throws InterruptedException {
    try {
      ProcessorTime before = of(Files.readAllLines(STAT));
      Thread.sleep(1000);
      return of(Files.readAllLines(STAT)).since(before);
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  /** From the lines of {@code /proc/stat}, see proc(5); guests are counted in user time already. */
  static ProcessorTime of(List<String> stat) {
    String[] fields = stat.get(0).strip().split(" +", -1);
    long total = 0;
    long idle = 0;
    for (int i = 0; i < FIELDS; i++) {
      long ticks = Long.parseLong(fields[i + 1]);
      total += ticks;
      idle += i == IDLE || i == WAITING_FOR_DISKS ? ticks : 0;
    }
    return new ProcessorTime(total - idle, total);
  }

  /** The busy part of the time since. */
  double since(ProcessorTime before) {
    return (double) (busy - before.busy) / (total - before.total);
  }
}
