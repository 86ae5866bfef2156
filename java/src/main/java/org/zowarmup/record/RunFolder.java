package org.zowarmup.record;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.file.AtomicFile;

/**
 * The folder that keeps all that a run writes.
 *
 * @param path the folder; it exists
 */
public record RunFolder(Path path) {
  private static final String OUTPUT = "output";
  private static final String CHECKSUM = "# checksum of the lines below: ";

  private static final String CHANGES = ", and give changes as key=value";

  /** What batch systems call what a job says: Slurm's slurm-1.out, PBS's and SGE's job.o1. */
  private static final Pattern BATCH_LOG =
      Pattern.compile(".*\\.(out|err|log|[oe]\\d+([.-]\\d+)?)");

  /**
   * Files that say what a run gave: {@link Checksums} has their sums. Checkpoints and rows of
   * metrics.jsonl have their own, and metrics.csv is compared with these.
   */
  static final Pattern SUMMED =
      Pattern.compile(
          "config\\.yaml|(identity|summary|extensions|description|provenance(-[0-9]+)?)\\.json"
              + "|(probes|faults|own-metrics|partition)\\.csv"
              + "|(weights|best)-.+-seed-?[0-9]+\\.safetensors|seeds-.+-seed-?[0-9]+\\.log"
              + "|clients-.+-seed-?[0-9]+\\.csv|privacy-.+\\.json"
              + "|(confusion|estimator)-.+-seed-?[0-9]+(-unfinished)?\\.json");

  private static final Pattern OTHERS =
      Pattern.compile("metrics\\.(jsonl|csv)|checksums\\.json|run\\.log|\\.lock");

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

  /**
   * Makes the folder.
   *
   * @param name name of the run, one path segment
   * @param output folder that was asked for, which must not exist; null for {@code
   *     runs/NAME/TIMESTAMP} below the working directory
   * @param start time of the start; the timestamp is in local time
   * @throws ConfigException where the folder exists or cannot be made
   */
  public static RunFolder create(String name, String output, Instant start) {
    return create(Path.of("runs"), name, output, start, ZoneId.systemDefault());
  }

  static RunFolder create(Path runs, String name, String output, Instant start, ZoneId zone) {
    if (output != null) {
      return new RunFolder(asked(ConfigLoader.pathOrNull(OUTPUT, output)));
    }
    String time = TIME.withZone(zone).format(start);
    Path parent = runs.resolve(name);
    try {
      Files.createDirectories(parent);
      // Creating a folder is atomic, so of two runs within a second one gets the next number.
      Optional<Path> made = Optional.empty();
      for (int number = 1; made.isEmpty(); number++) {
        made = tryMake(parent.resolve(number == 1 ? time : time + "-" + number));
      }
      return new RunFolder(made.get());
    } catch (IOException e) {
      throw new UserErrorException(
          "cannot make the run folder in "
              + parent.toAbsolutePath()
              + ": "
              + reason(e)
              + "; start in a folder that can be written to, or give output=DIR",
          e);
    }
  }

  /**
   * The folder of a run that was started.
   *
   * @throws UserErrorException where there is no such folder, or it holds something else
   */
  public static RunFolder existing(Path path) {
    RunFolder folder = new RunFolder(path);
    if (!Files.isRegularFile(folder.config()) && !folder.isBlank()) {
      throw new UserErrorException(
          "run folder %s: expected a folder with %s, as `zowarmup train` makes it; found %s"
              .formatted(
                  path,
                  folder.config().getFileName(),
                  Files.exists(path) ? "none in it" : "no such folder"));
    }
    folder.requireFiles();
    return folder;
  }

  /**
   * Refuses a folder in which something else than a file has the name of one: a pipe would be
   * waited for, and a folder found out when it is written.
   */
  public void requireFiles() {
    for (Path file : entries(path)) {
      String name = file.getFileName().toString();
      boolean folder = name.equals(checkpoints().getFileName().toString());
      if (isOfRun(name) && Files.exists(file) && !Files.isRegularFile(file)) {
        throw bad(file, "a file");
      }
      if (folder && Files.exists(file) && !Files.isDirectory(file)) {
        throw bad(file, "a folder");
      }
    }
    for (Path file : entries(checkpoints())) {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        throw bad(file, "a file");
      }
    }
  }

  private static boolean isOfRun(String name) {
    return SUMMED.matcher(name).matches() || OTHERS.matcher(name).matches();
  }

  private static BadDataException bad(Path file, String expected) {
    return new BadDataException(
        file, "", expected, FileBytes.kind(file) + "; put back what the run wrote, or remove it");
  }

  /**
   * Refuses something else than a folder, and one with something in it that no run has written.
   *
   * @param who needs it, for the message
   */
  public void requireOwn(String who) {
    if (!Files.isDirectory(path)) {
      throw new UserErrorException(
          "%s: expected a folder %s, found %s; move it away"
              .formatted(who, path, FileBytes.kind(path)));
    }
    for (Path file : entries(path)) {
      String name = file.getFileName().toString();
      if (!name.startsWith(".") && !isOfRun(name) && !file.equals(checkpoints())) {
        throw new UserErrorException(
            "%s: expected a folder with files of a run alone, found %s; move it away"
                .formatted(who, file));
      }
    }
  }

  /** Plain files at the top of the folder with such names, in the order of their names. */
  List<Path> files(Pattern names) {
    return entries(path).stream()
        .filter(file -> names.matcher(file.getFileName().toString()).matches())
        .filter(Files::isRegularFile)
        .sorted()
        .toList();
  }

  /** What is in a folder; nothing where there is none. */
  private static List<Path> entries(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    } catch (IOException | UncheckedIOException e) {
      throw new UserErrorException("cannot read " + folder + ": " + e.getMessage(), e);
    }
  }

  /** True where it holds a run that can be resumed. */
  public boolean isResumable() {
    return Files.isRegularFile(config()) && Files.isRegularFile(identity());
  }

  /**
   * True where there is a folder without any run: it was made and then left by a process that wrote
   * nothing into it, or for the log of a batch system.
   */
  public boolean isBlank() {
    if (!Files.isDirectory(path)) {
      return false;
    }
    try (Stream<Path> files = Files.list(path)) {
      return files.allMatch(
          file ->
              file.getFileName().toString().startsWith(".")
                  || (Files.isRegularFile(file)
                      && BATCH_LOG.matcher(file.getFileName().toString()).matches()));
    } catch (IOException e) {
      throw AtomicFile.failure(path, e);
    }
  }

  /** Removes what a process that was killed had not finished. */
  public void removeUnfinished() {
    for (Path place : List.of(path, checkpoints())) {
      if (!Files.isDirectory(place)) {
        continue;
      }
      try (Stream<Path> files = Files.list(place)) {
        for (Path file : files.toList()) {
          String name = file.getFileName().toString();
          if (name.startsWith(".") && name.endsWith(AtomicFile.PART)) {
            Files.deleteIfExists(file);
          }
        }
      } catch (IOException e) {
        throw AtomicFile.failure(place, e);
      }
    }
  }

  /** provenance.json, or where that is there already provenance-2.json and so on. */
  public Path nextProvenance() {
    Path next = provenance();
    for (int number = 2; Files.exists(next); number++) {
      next = path.resolve("provenance-" + number + ".json");
    }
    return next;
  }

  private static Optional<Path> tryMake(Path folder) throws IOException {
    try {
      return Optional.of(Files.createDirectory(folder));
    } catch (FileAlreadyExistsException taken) {
      return Optional.empty();
    }
  }

  private static Path asked(Path folder) {
    if (Files.exists(folder)) {
      throw exists(folder);
    }
    try {
      Path parent = folder.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
    } catch (IOException e) {
      throw cannotMake(folder, e);
    }
    try {
      return Files.createDirectory(folder);
    } catch (FileAlreadyExistsException e) {
      throw exists(folder);
    } catch (IOException e) {
      throw cannotMake(folder, e);
    }
  }

  /**
   * Refuses an output folder that holds something, before any work is done for it.
   *
   * @param output folder that was asked for; null is always free
   * @return a folder that is there and {@link #isBlank blank}
   */
  public static Optional<Path> requireFree(String output) {
    Path folder = ConfigLoader.pathOrNull(OUTPUT, output);
    if (folder == null || !Files.exists(folder)) {
      return Optional.empty();
    }
    if (!new RunFolder(folder).isBlank()) {
      throw exists(folder);
    }
    return Optional.of(folder);
  }

  /**
   * The folder that was asked for, made where it is missing. Of two processes that ask at once, the
   * lock in it tells who runs.
   */
  public static Path prepare(String output) {
    Path folder = ConfigLoader.pathOrNull(OUTPUT, output);
    try {
      return Files.exists(folder) ? folder : Files.createDirectories(folder);
    } catch (IOException e) {
      throw cannotMake(folder, e);
    }
  }

  private static ConfigException exists(Path folder) {
    return new ConfigException(
        OUTPUT,
        "expected a folder that does not exist yet or is empty, found "
            + folder
            + "; give another name, or continue a run in it with --resume-if-exists");
  }

  private static ConfigException cannotMake(Path folder, IOException cause) {
    return new ConfigException(
        OUTPUT,
        "expected a folder that can be made, found %s: %s; give another place"
            .formatted(folder, reason(cause)),
        cause);
  }

  /** Why the file system refused, with the file that it names. */
  public static String reason(IOException e) {
    if (e instanceof AccessDeniedException denied) {
      return "no permission for " + denied.getFile();
    }
    if (e instanceof FileAlreadyExistsException taken) {
      return taken.getFile() + " is not a folder";
    }
    if (e instanceof NoSuchFileException missing) {
      return "no file or folder " + missing.getFile();
    }
    if (e instanceof FileSystemException other && other.getReason() != null) {
      return other.getReason() + " (" + other.getFile() + ")";
    }
    return String.valueOf(e.getMessage());
  }

  /** The resolved config. */
  public Path config() {
    return path.resolve("config.yaml");
  }

  public Path provenance() {
    return path.resolve("provenance.json");
  }

  public Path metricsJsonl() {
    return path.resolve("metrics.jsonl");
  }

  public Path metricsCsv() {
    return path.resolve("metrics.csv");
  }

  /** A line for every round in which the server did without answers; absent without any. */
  public Path faultsCsv() {
    return path.resolve("faults.csv");
  }

  /** Metrics of a user's own, a line an evaluation; absent without any. */
  public Path ownMetrics() {
    return path.resolve("own-metrics.csv");
  }

  /** The privacy that a method's noise guarantees; absent without privacy. */
  public Path privacy(String method) {
    return path.resolve("privacy-" + method + ".json");
  }

  /** How well single clients are served, of one method under one seed. */
  public Path clients(String method, long seed) {
    return path.resolve("clients-" + method + "-seed" + seed + ".csv");
  }

  /** The weights that did best on the clients' validation images. */
  public Path best(String method, long seed) {
    return path.resolve("best-" + method + "-seed" + seed + ".safetensors");
  }

  public Path summary() {
    return path.resolve("summary.json");
  }

  /** Checkpoints of all methods and seeds. */
  public Path checkpoints() {
    return path.resolve("checkpoints");
  }

  /** Seeds and coefficients of a method's zeroth-order rounds under a seed. */
  public Path seedLog(String method, long seed) {
    return path.resolve("seeds-" + method + "-seed" + seed + ".log");
  }

  /** What the run has written into its files; absent in a folder of an older version. */
  public Path checksums() {
    return path.resolve("checksums.json");
  }

  /** The things that the run is bound to as long as it lives. */
  public Path identity() {
    return path.resolve("identity.json");
  }

  /** What it meant that the run was made longer; absent where it never was. */
  public Path extensions() {
    return path.resolve("extensions.json");
  }

  /** Held by the process that runs here. */
  public Path lock() {
    return path.resolve(".lock");
  }

  /** Distribution of the scalars of each zeroth-order round. */
  public Path probes() {
    return path.resolve("probes.csv");
  }

  /** What each client of the first seed has. */
  public Path partition() {
    return path.resolve("partition.csv");
  }

  /** The content of the lines at the start of the run. */
  public Path description() {
    return path.resolve("description.json");
  }

  /** True against predicted classes of the test images under the final weights. */
  public Path confusion(String method, long seed) {
    return path.resolve("confusion-" + method + "-seed" + seed + ".json");
  }

  /** The zeroth-order estimator against back-propagation, at the pivot. */
  public Path diagnostics(String method, long seed) {
    return path.resolve("estimator-" + method + "-seed" + seed + ".json");
  }

  /** The diagnostics that a stop has left; absent once they are complete. */
  public Path unfinishedDiagnostics(String method, long seed) {
    return path.resolve("estimator-" + method + "-seed" + seed + "-unfinished.json");
  }

  /** Final weights of a method under a seed. */
  public Path weights(String method, long seed) {
    return path.resolve("weights-" + method + "-seed" + seed + ".safetensors");
  }

  /** Writes the resolved config atomically, with a checksum in front. */
  public void writeConfig(String yaml) {
    AtomicFile.writeText(config(), CHECKSUM + checksum(yaml) + "\n" + yaml);
  }

  /** CRC-32C of a text in UTF-8, in hexadecimal. */
  static String checksum(String text) {
    CRC32C sum = new CRC32C();
    sum.update(text.getBytes(StandardCharsets.UTF_8));
    return "%08x".formatted(sum.getValue());
  }

  /**
   * The resolved config, compared with its checksum; one of an older version has none.
   *
   * @throws BadDataException where it is not what the run has written
   */
  public Path soundConfig() {
    try {
      String text = Files.readString(config(), StandardCharsets.UTF_8);
      int end = text.indexOf('\n') + 1;
      String first = text.substring(0, end).strip();
      if (first.startsWith(CHECKSUM)) {
        String found = checksum(text.substring(end));
        if (!first.equals(CHECKSUM + found)) {
          throw new BadDataException(
              config(),
              "",
              "the text that the run wrote, of checksum " + first.substring(CHECKSUM.length()),
              found + "; put it back" + CHANGES);
        }
      }
      Checksums.readOrNone(this).require(config(), CHANGES);
    } catch (CharacterCodingException e) {
      throw new BadDataException(config(), "", "UTF-8 text", "bytes that are not UTF-8");
    } catch (IOException e) {
      throw new UserErrorException("cannot read " + config() + ": " + reason(e), e);
    }
    return config();
  }
}
