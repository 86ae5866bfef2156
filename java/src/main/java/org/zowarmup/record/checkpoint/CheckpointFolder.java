package org.zowarmup.record.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.error.BadDataException;
import org.zowarmup.record.file.AtomicFile;

/**
 * The checkpoints of one method under one seed, in the run folder's {@code checkpoints}: {@code
 * METHOD-seedN-roundR.safetensors}, and {@code METHOD-seedN-pivot-roundR.safetensors} for the one
 * that its seed log starts from, which is always kept.
 */
public final class CheckpointFolder {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointFolder.class);
  private static final String SUFFIX = ".safetensors";

  private static final Pattern ANY =
      Pattern.compile("(.+)-seed(-?[0-9]+)-(?:pivot-)?round([0-9]{1,9})" + Pattern.quote(SUFFIX));

  private final Path folder;
  private final String prefix;
  private final Pattern pattern;

  /** A checkpoint by its name; what it holds is not read yet. */
  public record Found(Path file, int round, boolean pivot) {}

  /**
   * @param folder made when the first checkpoint is written
   */
  public CheckpointFolder(Path folder, String method, long seed) {
    this.folder = folder;
    this.prefix = method + "-seed" + seed + "-";
    this.pattern =
        Pattern.compile(
            Pattern.quote(prefix) + "(pivot-)?round([0-9]{1,9})" + Pattern.quote(SUFFIX));
  }

  /** The place of the checkpoint after a round. */
  public Path file(int round, boolean pivot) {
    return folder.resolve(prefix + (pivot ? "pivot-" : "") + "round" + round + SUFFIX);
  }

  /**
   * The newest checkpoint of any method and seed, for people; empty for none.
   *
   * @param folder the run folder's {@code checkpoints}
   */
  public static Optional<String> newest(Path folder) {
    String[] names = folder.toFile().list();
    return Stream.of(names == null ? new String[0] : names)
        .map(ANY::matcher)
        .filter(Matcher::matches)
        .max(
            Comparator.comparingLong(
                found -> folder.resolve(found.group()).toFile().lastModified()))
        .map(f -> "round %s of %s seed %s".formatted(f.group(3), f.group(1), f.group(2)));
  }

  /** Those that are there, the newest first. */
  public List<Found> list() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Found> found = new ArrayList<>();
      for (Path file : files.toList()) {
        Matcher matcher = pattern.matcher(file.getFileName().toString());
        if (matcher.matches()) {
          found.add(new Found(file, Integer.parseInt(matcher.group(2)), matcher.group(1) != null));
        }
      }
      found.sort(Comparator.comparingInt(Found::round).thenComparing(Found::pivot).reversed());
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(folder.toString(), e);
    }
  }

  /**
   * Writes a checkpoint, then removes older ones.
   *
   * @param pivot whether a seed log starts from it
   * @param keep newest checkpoints that stay beside the pivots
   */
  public Path write(Checkpoint checkpoint, boolean pivot, int keep) {
    Path file = file(checkpoint.position().round(), pivot);
    try {
      // not its parents: a run folder that is gone must not come back without its other files
      if (!Files.isDirectory(folder)) {
        Files.createDirectory(folder);
      }
    } catch (IOException e) {
      throw AtomicFile.failure(folder, e);
    }
    CheckpointFile.write(file, checkpoint);
    list().stream()
        .filter(found -> !found.pivot())
        .skip(keep)
        .forEach(found -> remove(found.file()));
    return file;
  }

  /** The newest sound one of at most this round; a damaged one is named in a warning. */
  public Optional<Checkpoint> newest(int maxRound) {
    for (Found found : list()) {
      if (found.round() > maxRound) {
        continue;
      }
      try {
        return Optional.of(read(found));
      } catch (BadDataException e) {
        LOG.warn("{}; going back to the one before", e.getMessage());
      }
    }
    return Optional.empty();
  }

  /** The checkpoint that a seed log's rounds up to this one start from. */
  public Optional<Found> pivotBefore(int round) {
    return list().stream().filter(f -> f.pivot() && f.round() <= round).findFirst();
  }

  /**
   * Reads a checkpoint.
   *
   * @throws BadDataException where it is damaged, or that of another method, seed or round
   */
  public Checkpoint read(Found found) {
    Checkpoint checkpoint = CheckpointFile.read(found.file());
    Checkpoint.Position at = checkpoint.position();
    String of = at.method() + "-seed" + at.seed() + "-";
    if (!of.equals(prefix) || at.round() != found.round()) {
      throw new BadDataException(
          found.file(),
          "",
          "the checkpoint that its name says",
          "that of %s seed %d, round %d".formatted(at.method(), at.seed(), at.round()));
    }
    return checkpoint;
  }

  private static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("cannot remove the old checkpoint {}: {}", file, e.getMessage());
    }
  }
}
