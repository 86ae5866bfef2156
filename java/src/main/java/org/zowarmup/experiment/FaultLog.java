package org.zowarmup.experiment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.zowarmup.federated.Faults;

/** Writes faults.csv: a line for every round in which the server did without answers. */
final class FaultLog implements RunListener {
  private final Path file;

  FaultLog(RunFolder folder) {
    this.file = folder.faultsCsv();
  }

  @Override
  public void answersMissed(String method, long seed, int round, Faults.Count missed) {
    String head = Files.exists(file) ? "" : "method,seed,round,dropped,late,refused\n";
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
