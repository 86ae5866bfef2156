package org.zowarmup.export;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.zowarmup.config.ResolvedConfig;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.Json;
import org.zowarmup.record.MethodResult;
import org.zowarmup.record.MetricsHistory;
import org.zowarmup.record.Provenance;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.Summary;
import org.zowarmup.record.file.AtomicFile;

/**
 * Runs as Weights &amp; Biases keeps those that were offline, a folder for every method and seed,
 * which {@code wandb sync} uploads: curves, config, results and files. The same run gives the same
 * folder, so that a later upload replaces an earlier one.
 *
 * @param folders that were written
 * @param rounds of all of them together
 */
public record OfflineRuns(List<Path> folders, int rounds) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** What else is kept of a run. */
  private static final List<String> FILES =
      List.of(
          "config.yaml", "summary.json", "provenance.json", "metrics.csv", "report/report.html");

  /** One method under one seed. */
  private record Key(String method, long seed) {}

  /**
   * @param place the run, or the sweep that the runs are cells of
   * @param method null for all
   * @param seed null for all
   * @param outOrNull folder to write to; by default {@code wandb} in the place
   * @throws UserErrorException where there is no round of these
   */
  public static OfflineRuns write(
      Path place, List<Path> runs, String method, Long seed, Path outOrNull) {
    Path out = outOrNull == null ? place.resolve("wandb") : outOrNull;
    List<Path> written = new ArrayList<>();
    int rounds = 0;
    for (Path run : runs) {
      RunFolder folder = RunFolder.existing(run);
      MetricsHistory history = MetricsHistory.read(folder);
      Set<Key> keys = new LinkedHashSet<>();
      history.rows().stream()
          .filter(row -> method == null || row.method().equals(method))
          .filter(row -> seed == null || row.seed() == seed)
          .forEach(row -> keys.add(new Key(row.method(), row.seed())));
      for (Key key : keys) {
        List<RoundMetrics> rows = history.of(key.method, key.seed);
        rounds += rows.size();
        written.add(write(folder, key, rows, out));
      }
    }
    if (written.isEmpty()) {
      throw new UserErrorException(
          "%s: expected rounds%s%s, found none in metrics.jsonl"
              .formatted(
                  place,
                  method == null ? "" : " of " + method,
                  seed == null ? "" : " under seed " + seed));
    }
    return new OfflineRuns(written, rounds);
  }

  private static Path write(RunFolder run, Key key, List<RoundMetrics> rows, Path out) {
    Instant start = start(run);
    String id = id(run, key);
    Path folder = out.resolve("offline-run-" + TIME.format(start) + "-" + id);
    Path unfinished = out.resolve("." + folder.getFileName() + AtomicFile.PART);
    try {
      remove(unfinished);
      List<String> files = copy(run, key, unfinished.resolve("files"));
      WandbFile file = records(run, key, rows, id, start, files);
      AtomicFile.write(
          unfinished.resolve("run-" + id + ".wandb"),
          channel -> AtomicFile.writeAll(channel, file.content()));
      remove(folder);
      Files.move(unfinished, folder);
      return folder;
    } catch (IOException e) {
      throw AtomicFile.failure(folder, e);
    }
  }

  private static WandbFile records(
      RunFolder run, Key key, List<RoundMetrics> rows, String id, Instant start, List<String> files)
      throws IOException {
    Map<String, Object> config = ResolvedConfig.values(run.soundConfig());
    config.put("method", key.method);
    config.put("seed", key.seed);
    String label = "%s seed %d".formatted(key.method, key.seed);
    WandbFile.Head head =
        new WandbFile.Head(
            id,
            "zowarmup",
            config.get("name").toString(),
            key.method,
            run.path().toRealPath().getFileName() + ", " + label,
            start);
    WandbFile file = new WandbFile("zowarmup " + Provenance.current().version(), head, config);
    double seconds = 0;
    for (RoundMetrics row : rows) {
      seconds += Double.isFinite(row.seconds()) ? row.seconds() : 0;
      Map<String, Object> values = new LinkedHashMap<>(row.curves());
      values.put("_step", row.round());
      values.put("_runtime", seconds);
      values.put("_timestamp", start.toEpochMilli() / 1e3 + seconds);
      file.history(row.round(), values);
    }
    Optional<Summary> summary = Summary.find(run.path());
    Map<String, Object> results = new LinkedHashMap<>();
    rows.forEach(row -> results.putAll(row.curves()));
    summary
        .flatMap(all -> all.result(run.path()).find(key.method, key.seed))
        .ifPresent(result -> results.putAll(results(result)));
    file.summary(results);
    file.files(files);
    file.exit(summary.isPresent() && summary.get().failure() != null, (int) seconds);
    return file;
  }

  private static Map<String, Object> results(MethodResult result) {
    Map<String, Object> values = new LinkedHashMap<>();
    if (result.complete()) {
      values.putAll(result.accuracies());
    }
    values.put("rounds", result.roundsDone());
    return values;
  }

  /** Of the first process of the run, which later ones do not change. */
  private static Instant start(RunFolder run) {
    try {
      return Instant.parse(Json.tree(run.provenance()).path("start").asText());
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }

  private static String id(RunFolder run, Key key) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (Path file : List.of(run.identity(), run.provenance())) {
        sha.update(Files.exists(file) ? Files.readAllBytes(file) : new byte[0]);
      }
      sha.update(key.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sha.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    } catch (IOException e) {
      throw AtomicFile.failure(run.path(), e);
    }
  }

  /** Returns the names of the copies, below a folder of their own: wandb has a config.yaml too. */
  private static List<String> copy(RunFolder run, Key key, Path to) throws IOException {
    List<Path> sources = new ArrayList<>(FILES.stream().map(run.path()::resolve).toList());
    sources.add(run.weights(key.method, key.seed));
    sources.add(run.best(key.method, key.seed));
    List<String> names = new ArrayList<>();
    for (Path source : sources) {
      if (Files.isRegularFile(source)) {
        String name = "zowarmup/" + source.getFileName();
        Files.createDirectories(to.resolve(name).getParent());
        Files.copy(source, to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        names.add(name);
      }
    }
    return names;
  }

  /** Removes a folder that is an earlier one of these. */
  private static void remove(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        if (Files.isSymbolicLink(entry) || !Files.isDirectory(entry)) {
          Files.delete(entry);
        } else {
          remove(entry);
        }
      }
    }
    Files.delete(folder);
  }
}
