package org.zowarmup.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.executor.ranks.Ranks;

/**
 * Where a rank finds the past of a run, and writes. The first rank has the run's folder. What
 * others need to decide as it does, they get from it as bytes, into a folder of their own below the
 * temporary one, since a shared file system may show them another moment; it is removed at the end.
 */
final class RankFolder implements AutoCloseable {
  private final Trainer.Existing existingOrNull;
  private final Path temporaryOrNull;

  private RankFolder(Trainer.Existing existingOrNull, Path temporaryOrNull) {
    this.existingOrNull = existingOrNull;
    this.temporaryOrNull = temporaryOrNull;
  }

  /**
   * The folder of this rank; a collective.
   *
   * @param runOrNull the first rank's, that of a run to resume; null for a new one
   */
  static RankFolder of(Ranks ranks, Trainer.Existing runOrNull) {
    Path existingOrNull = runOrNull == null ? null : runOrNull.folder();
    if (ranks.size() == 1) {
      return new RankFolder(runOrNull, null);
    }
    List<Path> files =
        ranks.isFirst() && existingOrNull != null ? files(existingOrNull) : List.of();
    StringBuilder names = new StringBuilder();
    files.forEach(file -> names.append(existingOrNull.relativize(file)).append('\n'));
    List<String> wanted =
        ranks.texts(ranks.isFirst() ? names.toString() : "").get(0).lines().toList();
    try {
      Path own =
          ranks.isFirst()
              ? existingOrNull
              : Files.createTempDirectory("zowarmup-rank" + ranks.rank() + "-");
      for (int i = 0; i < wanted.size(); i++) {
        byte[] bytes = ranks.isFirst() ? Files.readAllBytes(files.get(i)) : new byte[0];
        byte[] received = ranks.fromFirst(bytes);
        if (!ranks.isFirst()) {
          Path file = own.resolve(wanted.get(i));
          Files.createDirectories(file.getParent());
          Files.write(file, received);
        }
      }
      boolean discard = runOrNull != null && runOrNull.discard();
      boolean otherSchedule = runOrNull != null && runOrNull.otherSchedule();
      return ranks.isFirst()
          ? new RankFolder(runOrNull, null)
          : new RankFolder(new Trainer.Existing(own, discard, otherSchedule), own);
    } catch (IOException e) {
      throw new UserErrorException(
          "%s: cannot hand on the run's files: %s; free space below %s or set TMPDIR"
              .formatted(ranks.name(), e, System.getProperty("java.io.tmpdir")),
          e);
    }
  }

  /** All that a resume decides by; not what is only read by people. */
  private static List<Path> files(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !folder.relativize(file).toString().matches("(tensorboard|wandb)/.*"))
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .filter(
              file -> !file.getFileName().toString().matches(".*\\.(html|svg|png|pdf)|run\\.log"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UserErrorException("run folder %s cannot be read: %s".formatted(folder, e), e);
    }
  }

  Trainer.Existing existingOrNull() {
    return existingOrNull;
  }

  @Override
  public void close() {
    if (temporaryOrNull == null) {
      return;
    }
    try (Stream<Path> all = Files.walk(temporaryOrNull)) {
      for (Path path : new ArrayList<>(all.sorted(Comparator.reverseOrder()).toList())) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new IllegalStateException("a temporary folder that cannot be removed", e);
    }
  }
}
