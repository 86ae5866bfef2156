package org.zowarmup.inspect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Device;
import org.zowarmup.device.Devices;
import org.zowarmup.device.Vector;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.nn.Graph;
import org.zowarmup.record.Checksums;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.checkpoint.Checkpoint;
import org.zowarmup.record.checkpoint.CheckpointFolder;
import org.zowarmup.record.checkpoint.SeedLog;
import org.zowarmup.record.file.OutputFile;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.record.weights.Weights;
import org.zowarmup.run.SeedReplay;
import org.zowarmup.setup.ConfigResolver;
import org.zowarmup.setup.ThreadBudget;

/**
 * The weights after any zeroth-order round of a run, made again from the pivot's weights and the
 * seed log: bit for bit, on any device, without a single image.
 */
public final class Replay {
  private final RunFolder folder;
  private final RunConfig config;
  private final RunIdentity identity;
  private final String method;
  private final long seed;

  /**
   * A replay's outcome.
   *
   * @param pivotRound round whose weights it started with
   * @param probes seeds that were made again
   * @param logBytes bytes of these rounds in the log
   * @param checkpointBytes size of the checkpoint that it started with
   */
  public record Result(
      String method,
      long seed,
      int pivotRound,
      int round,
      long probes,
      long logBytes,
      long checkpointBytes,
      Path out) {}

  private Replay(RunFolder folder, RunConfig config, String method, long seed) {
    this.folder = folder;
    this.config = config;
    this.identity = RunIdentity.read(folder.identity());
    this.method = method;
    this.seed = seed;
  }

  /**
   * @param path the run folder
   * @param method null for the first of the run that has a seed log
   * @param seed null for the first of the run
   * @param round null for the last in the log
   * @param device name of the device that does it
   * @param out a safetensors file
   * @throws UserErrorException where the run is none, or the round is not one that seeds can give
   */
  public static Result run(
      Path path, String method, Long seed, Integer round, String device, OutputFile out) {
    RunFolder folder = RunFolder.existing(path);
    RunConfig config = ConfigLoader.load(folder.soundConfig(), List.of());
    long of = seed == null ? config.seed() : seed;
    String name = method == null ? firstLogged(folder, config, of) : method;
    if (!config.methods().contains(name)) {
      throw new UserErrorException(
          "--method: expected one of %s, found %s"
              .formatted(String.join(", ", config.methods()), name));
    }
    return new Replay(folder, config, name, of).run(round, device, out);
  }

  private static String firstLogged(RunFolder folder, RunConfig config, long seed) {
    return config.methods().stream()
        .filter(name -> Files.exists(folder.seedLog(name, seed)))
        .findFirst()
        .orElse(config.methods().get(0));
  }

  private Result run(Integer asked, String deviceName, OutputFile out) {
    Path file = folder.seedLog(method, seed);
    if (!Files.exists(file)) {
      throw new UserErrorException(
          "%s seed %d: expected a seed log %s, found none: the method has not reached a phase of"
                  .formatted(method, seed, file.getFileName())
              + " seeds and scalars, or its clients send whole models in all of its rounds");
    }
    SeedLog log = SeedLog.read(file, method, seed);
    log.requireRun(file, identity);
    log.requireSummed(file, Checksums.read(folder));
    int last = log.lastRound();
    int round = asked == null ? last : asked;
    CheckpointFolder checkpoints = new CheckpointFolder(folder.checkpoints(), method, seed);
    CheckpointFolder.Found pivot =
        checkpoints.pivotBefore(round).orElseThrow(() -> before(checkpoints, round, last));
    if (round > Math.max(last, pivot.round()) && log.end() < log.bytes()) {
      throw new BadDataException(
          file,
          "offset " + log.end(),
          "a sound record of round " + (last + 1),
          "damage; rounds to %d can be replayed".formatted(Math.max(last, pivot.round())));
    }
    if (round > Math.max(last, pivot.round())) {
      throw new UserErrorException(
          "--round: expected at most %d, the last in %s; found %d"
              .formatted(last, file.getFileName(), round));
    }
    Checkpoint checkpoint = checkpoints.read(pivot);
    identity.requireBinding(new RunIdentity(checkpoint.identity()), pivot.file().toString());
    Graph graph = graph();
    requireLayout(pivot.file(), checkpoint.identity().get(RunIdentity.LAYOUT), graph);
    requireLayout(file, log.header().layoutHash(), graph);
    int threads = ThreadBudget.threads(config.threads());
    try (Device device = Devices.open(deviceName, threads).device();
        Vector weights = device.allocate(graph.layout())) {
      List<SeedLog.Round> rounds = log.stretch(pivot.round() + 1, round);
      int phases = checkpoint.states().size();
      SeedReplay replayed =
          SeedReplay.of(
              checkpoint, rounds, config.zo().server(), phases, weights, device.vectors());
      if (rounds.size() < round - pivot.round()) {
        throw new BadDataException(
            file,
            "",
            "rounds %d to %d".formatted(pivot.round() + 1, round),
            "rounds to %d, then a gap".formatted(pivot.round() + rounds.size()));
      }
      if (replayed.at().round() < round) {
        throw new UserErrorException(
            "%s seed %d, round %d: expected a round of seeds and scalars alone, found one in which whole vectors were sent; the rounds up to %d can be replayed"
                .formatted(method, seed, replayed.at().round() + 1, replayed.at().round()));
      }
      out.write(
          Safetensors.content(
              Weights.tensors(graph.layout(), weights.read()),
              Weights.metadata(graph, round, identity.values().get(RunIdentity.NORMALIZE))));
      return result(log, pivot, rounds, round, out.path());
    }
  }

  private UserErrorException before(CheckpointFolder checkpoints, int round, int last) {
    int first =
        checkpoints.list().stream()
            .filter(CheckpointFolder.Found::pivot)
            .mapToInt(CheckpointFolder.Found::round)
            .min()
            .orElse(-1);
    return new UserErrorException(
        first < 0
            ? "%s seed %d: expected the pivot's checkpoint in %s, found none; without it the log has no start"
                .formatted(method, seed, folder.checkpoints())
            : "--round: expected a round from %d (the pivot) to %d, found %d: in the warm-up clients send whole models, which no log of seeds can give"
                .formatted(first, last, round));
  }

  private Graph graph() {
    Graph graph = ConfigResolver.graph(config, identity);
    String stored = identity.values().get(RunIdentity.LAYOUT);
    if (!graph.layout().hash().equals(stored)) {
      throw new UserErrorException(
          "%s: expected the parameter layout %s, found %s; replay with the version that the run was made with"
              .formatted(folder.path(), stored, graph.layout().hash()));
    }
    return graph;
  }

  private static void requireLayout(Path file, String stored, Graph graph) {
    String hash = graph.layout().hash();
    if (!hash.equals(stored)) {
      throw new BadDataException(file, "", "the parameter layout " + hash, String.valueOf(stored));
    }
  }

  private Result result(
      SeedLog log, CheckpointFolder.Found pivot, List<SeedLog.Round> rounds, int round, Path out) {
    long bytes = 0;
    for (int i = 0; i < log.rounds().size(); i++) {
      if (log.rounds().get(i).round() > pivot.round() && log.rounds().get(i).round() <= round) {
        bytes += log.ends().get(i) - (i == 0 ? log.headerBytes() : log.ends().get(i - 1));
      }
    }
    long probes = rounds.stream().mapToLong(r -> r.update().orElseThrow().size()).sum();
    try {
      return new Result(
          method, seed, pivot.round(), round, probes, bytes, Files.size(pivot.file()), out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
