package org.zowarmup.record;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.zowarmup.data.format.bytes.FileBytes;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.file.AtomicFile;

/**
 * checksums.json: what a run has written into its files, as far as it has no checksum of its own in
 * them: at the end all of them, and while it runs, up to the last checkpoint, all but the summary
 * and the results of the method that is running. It lets go of a file before that is changed, so a
 * kill leaves no sum that is wrong; a folder without one is compared with itself alone.
 *
 * @param run {@link RunIdentity#id} of the run, for which no file of another is taken
 * @param rows whether every line of metrics.jsonl has its checksum
 * @param files by name, each up to the length at which it was summed
 */
public record Checksums(RunFolder folder, String run, boolean rows, Map<String, Part> files) {
  /** Those that become longer by whole lines or records while a process has them. */
  private static final Pattern GROWING =
      Pattern.compile("(probes|faults|own-metrics)\\.csv|seeds-.*\\.log");

  /** Results of a method that may be written more than once as long as it runs. */
  private static final Pattern RESULTS =
      Pattern.compile("(weights|best|clients|confusion)-.*|.*-unfinished\\.json");

  /** What is made again when its method begins, or at the end. */
  private static final Pattern MADE_LATE = Pattern.compile("privacy-.*|summary\\.json");

  private static final String SUMMARY = "summary.json";

  /** What a resume makes again before its first round, or refuses where it was changed. */
  private static final Pattern MADE_AT_START =
      Pattern.compile("config\\.yaml|(identity|description|extensions)\\.json|partition\\.csv");

  /** What no round is computed from; the others are compared by those who read them. */
  public static final Pattern BESIDE = Pattern.compile("(?!identity|config|weights|seeds).*");

  private static final int CHUNK_BYTES = 1 << 16;

  /**
   * A file, or its start.
   *
   * @param crc32c of its first {@code bytes} bytes, in hexadecimal
   * @param whole whether it had no more of them and gets none
   */
  public record Part(long bytes, String crc32c, boolean whole) {}

  /** As it is on the disk. */
  private record Stored(String run, boolean rows, Map<String, Part> files, String checksum) {}

  public Checksums {
    files = Map.copyOf(files);
  }

  /**
   * Reads those of a run; none where it has no such file.
   *
   * @throws BadDataException where the file itself is damaged, or that of another run
   */
  public static Checksums read(RunFolder folder) {
    Path file = folder.checksums();
    if (!Files.exists(file)) {
      return none(folder);
    }
    Stored stored = Json.read(file, Stored.class, "the checksums of a run's files");
    if (stored.run == null
        || stored.files == null
        || !stored.files.entrySet().stream().allMatch(Checksums::isSound)
        || !checksum(stored.run, stored.rows, stored.files).equals(stored.checksum)) {
      throw damaged(file, "the checksums that the run wrote", "others");
    }
    if (Files.isRegularFile(folder.identity())) {
      String run = RunIdentity.read(folder.identity()).id();
      if (!run.equals(stored.run)) {
        throw damaged(file, "those of the run of identity.json, " + run, "those of " + stored.run);
      }
    }
    return new Checksums(folder, stored.run, stored.rows, stored.files);
  }

  private static boolean isSound(Map.Entry<String, Part> one) {
    Part part = one.getValue();
    return RunFolder.SUMMED.matcher(one.getKey()).matches()
        && part != null
        && part.bytes >= 0
        && part.crc32c != null
        && part.crc32c.matches("[0-9a-f]{8}");
  }

  /** Those of a folder that has none: every file passes. */
  public static Checksums none(RunFolder folder) {
    return new Checksums(folder, "", false, Map.of());
  }

  /** The same, and none where the file is damaged, of which others speak. */
  static Checksums readOrNone(RunFolder folder) {
    try {
      return read(folder);
    } catch (BadDataException e) {
      return none(folder);
    }
  }

  private static BadDataException damaged(Path file, String expected, String found) {
    return new BadDataException(
        file,
        "",
        expected,
        found + "; put it back, or remove it to take the other files as they are");
  }

  /**
   * Covers the line {@code RUN ROWS} and one {@code NAME BYTES CRC32C WHOLE} for each file, so that
   * a flipped bit here is not taken for one in another file.
   */
  private static String checksum(String run, boolean rows, Map<String, Part> files) {
    StringBuilder text = new StringBuilder(run).append(' ').append(rows);
    new TreeMap<>(files)
        .forEach(
            (name, part) -> {
              text.append('\n').append(name).append(' ').append(part.bytes);
              text.append(' ').append(part.crc32c).append(' ').append(part.whole);
            });
    return RunFolder.checksum(text.toString());
  }

  private static String hex(CRC32C sum) {
    return "%08x".formatted(sum.getValue());
  }

  /**
   * Refuses a file that does not hold what the run wrote into it; one that is missing or that the
   * run does not vouch for is none of this class's business.
   *
   * @param advice what to do besides putting the file back, or empty
   */
  public void require(Path file, String advice) {
    if (isChanged(file) && isCurrent()) {
      Part part = files.get(name(file));
      throw new BadDataException(
          file,
          "",
          "what the run wrote, " + words(part),
          found(file, part) + "; put it back" + advice);
    }
  }

  /** Whether a file is there and does not hold what the run wrote into it. */
  public boolean isChanged(Path file) {
    Part part = files.get(name(file));
    return part != null && Files.isRegularFile(file) && !found(file, part).equals(words(part));
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** How many bytes of a file the run vouches for. */
  public long bytes(Path file) {
    Part part = files.get(name(file));
    return part == null ? 0 : part.bytes;
  }

  /** While a run writes, a file may have been made anew since this was read. */
  private boolean isCurrent() {
    return read(folder).files.equals(files);
  }

  /** Refuses a run in which a file was changed that a report may read. */
  public void requireReadable() {
    for (String name : new TreeSet<>(files.keySet())) {
      if (!name.matches(".*\\.(safetensors|log)")) {
        String advice = ", or remove it if you can do without";
        if (name.matches("(summary|description)\\.json|partition\\.csv")) {
          advice = ", or let zowarmup resume make it again";
        } else if (MADE_AT_START.matcher(name).matches()) {
          advice = "";
        }
        require(folder.path().resolve(name), advice);
      }
    }
  }

  /** Those with such names that are there and do not hold what the run wrote into them. */
  public Set<String> changed(Pattern names) {
    Set<String> changed = new TreeSet<>();
    for (String name : files.keySet()) {
      if (names.matcher(name).matches() && isChanged(folder.path().resolve(name))) {
        changed.add(name);
      }
    }
    return changed;
  }

  /** Those that are not there, but for what a resume does not do without. */
  public Set<String> missing() {
    Set<String> missing = new TreeSet<>();
    for (String name : files.keySet()) {
      if (!name.matches("(identity|seeds).*") && !Files.exists(folder.path().resolve(name))) {
        missing.add(name);
      }
    }
    return missing;
  }

  /** Removes the file, before anything is changed in the folder. */
  public void remove() {
    try {
      Files.deleteIfExists(folder.checksums());
    } catch (IOException e) {
      throw AtomicFile.failure(folder.checksums(), e);
    }
  }

  /** Those of some files alone. */
  private Checksums only(Set<String> names) {
    Map<String, Part> kept = new HashMap<>(files);
    kept.keySet().retainAll(names);
    return new Checksums(folder, run, rows, kept);
  }

  private static String words(Part part) {
    return "%d bytes of checksum %s".formatted(part.bytes, part.crc32c);
  }

  /** What is in the place of a file or of its start, in the same words. */
  private static String found(Path file, Part part) {
    CRC32C sum = new CRC32C();
    long bytes = add(sum, file, 0, part.whole ? Long.MAX_VALUE : part.bytes);
    return words(new Part(bytes, hex(sum), part.whole));
  }

  private static long add(CRC32C sum, Path file, long from, long to) {
    try (InputStream in = FileBytes.stream(file)) {
      in.skipNBytes(from);
      byte[] chunk = new byte[CHUNK_BYTES];
      long at = from;
      while (at < to) {
        int n = in.read(chunk, 0, (int) Math.min(chunk.length, to - at));
        if (n < 0) {
          break;
        }
        sum.update(chunk, 0, n);
        at += n;
      }
      return at;
    } catch (IOException e) {
      throw new UserErrorException("cannot read " + file + ": " + RunFolder.reason(e), e);
    }
  }

  private void write() {
    Stored stored = new Stored(run, rows, new TreeMap<>(files), checksum(run, rows, files));
    Json.write(folder.checksums(), stored);
  }

  /**
   * Keeps the file while a run writes. What an earlier process found changed stays so, however
   * often the run is resumed: its first checksum is kept until the file has that again or is made
   * anew.
   */
  public static final class Recorder implements RunListener {
    private final RunFolder folder;
    private final String run;
    private boolean rows;
    private final Map<String, Sum> sums = new HashMap<>();
    private final Set<String> madeAgain = new TreeSet<>();
    private final Checksums changed;

    /** Whether a round has ended since the log was last cut back, which is after a checkpoint. */
    private boolean growing;

    /** When sums are written: which files change after it. */
    private enum Moment {
      START,
      /** Before the files are cut back that all methods share, and those of one. */
      RESUMED,
      CHECKPOINT,
      END
    }

    /** The sum of a file so far. */
    private static final class Sum {
      private final Object key;
      private final CRC32C crc = new CRC32C();
      private long bytes;

      Sum(Object key) {
        this.key = key;
      }
    }

    /**
     * Sums what is there. Called when the files of the start are written and no others have been
     * changed.
     *
     * @param before what was read before anything was changed
     * @param isNew whether no process has been here before
     */
    public Recorder(RunFolder folder, RunIdentity identity, Checksums before, boolean isNew) {
      this.folder = folder;
      this.run = identity.id();
      this.rows = isNew || before.rows;
      Set<String> found = before.changed(RunFolder.SUMMED);
      found.removeIf(name -> MADE_AT_START.matcher(name).matches());
      this.changed = before.only(found);
      write(Moment.START, "");
    }

    @Override
    public void resumed(Resumption resumption) {
      growing = false;
      write(Moment.RESUMED, ofMethod(resumption.method(), resumption.seed()));
    }

    @Override
    public void roundFinished(RoundMetrics metrics) {
      growing = true;
      rows = true; // where there were some without, they have been written again
    }

    @Override
    public void checkpointed(CheckpointInfo checkpoint) {
      if (growing) {
        write(Moment.CHECKPOINT, ofMethod(checkpoint.method(), checkpoint.seed()));
      }
    }

    /** What is in the names of its files. */
    private static String ofMethod(String method, long seed) {
      return "-" + method + "-seed" + seed;
    }

    @Override
    public void methodFinished(MethodResult result) {
      for (Path file :
          List.of(
              folder.weights(result.method(), result.seed()),
              folder.privacy(result.method()),
              folder.confusion(result.method(), result.seed()))) {
        madeAgain.add(String.valueOf(file.getFileName()));
      }
    }

    /** Called when the summary is written, and nothing more will be. */
    public void complete() {
      sums.keySet().removeIf(name -> !GROWING.matcher(name).matches()); // read once more
      madeAgain.add(SUMMARY);
      write(Moment.END, "");
    }

    /**
     * @param method what is in the names of the files of the one that is running
     */
    private void write(Moment moment, String method) {
      Map<String, Part> now = new HashMap<>();
      for (Path file : folder.files(RunFolder.SUMMED)) {
        String name = String.valueOf(file.getFileName());
        boolean own = name.contains(method + ".") || name.contains(method + "-");
        own &= !method.isEmpty();
        boolean grows = GROWING.matcher(name).matches() && (own || name.endsWith(".csv"));
        boolean late = MADE_LATE.matcher(name).matches();
        boolean changes =
            switch (moment) {
              case START -> late;
              case RESUMED -> late || own || grows;
              case CHECKPOINT -> late || (own && RESULTS.matcher(name).matches());
              case END -> false;
            };
        if (!changes) {
          now.put(name, part(file, grows && moment != Moment.END));
        }
      }
      Set<String> still = changed.changed(RunFolder.SUMMED);
      still.removeAll(madeAgain);
      now.putAll(changed.only(still).files);
      new Checksums(folder, run, rows, now).write();
    }

    /** Of a file that is still the same only what came since is read. */
    private Part part(Path file, boolean grows) {
      String name = String.valueOf(file.getFileName());
      try {
        BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
        List<Object> key = new ArrayList<>();
        key.add(String.valueOf(is.fileKey()));
        if (!GROWING.matcher(name).matches()) {
          key.add(is.lastModifiedTime());
        }
        Sum sum = sums.get(name);
        if (sum == null || !sum.key.equals(key) || sum.bytes > is.size()) {
          sum = new Sum(key);
          sums.put(name, sum);
        }
        sum.bytes = add(sum.crc, file, sum.bytes, is.size());
        return new Part(sum.bytes, hex(sum.crc), !grows);
      } catch (IOException e) {
        throw AtomicFile.failure(file, e);
      }
    }
  }
}
