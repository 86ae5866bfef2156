package org.zowarmup.experiment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.zowarmup.federated.Faults;

/** Writes faults.csv: a line for every round in which the server did without answers. */
final class FaultLog implements RunListener {
  private static final String HEAD = "method,seed,round,dropped,late,refused\n";

  private final Path file;

  FaultLog(RunFolder folder) {
    this.file = folder.faultsCsv();
  }

  /** Rounds that are run again are told of again. */
  @Override
  public void resumed(Resumption resumption) {
    if (!Files.exists(file)) {
      return;
    }
    Set<String> kept = new HashSet<>();
    for (RoundMetrics row : resumption.kept()) {
      kept.add(row.method() + "," + row.seed() + "," + row.round());
    }
    try {
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      StringBuilder text = new StringBuilder(HEAD);
      for (String line : lines) {
        String[] cells = line.split(",", -1);
        if (cells.length == 6 && kept.contains(String.join(",", cells[0], cells[1], cells[2]))) {
          text.append(line).append('\n');
        }
      }
      AtomicFile.writeText(file, text.toString());
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }

  @Override
  public void answersMissed(String method, long seed, int round, Faults.Count missed) {
    String head = Files.exists(file) ? "" : HEAD;
    String line =
        "%s,%d,%d,%d,%d,%d\n"
            .formatted(method, seed, round, missed.dropped(), missed.late(), missed.refused());
    try {
      Files.writeString(
          file,
          head + line,
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw AtomicFile.failure(file, e);
    }
  }
}
