package org.zowarmup.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.config.CheckpointConfig;
import org.zowarmup.config.RunConfig;
import org.zowarmup.config.ServerConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.error.BadDataException;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.Books;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.federated.Round;
import org.zowarmup.nn.ParameterLayout;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunListener.CheckpointInfo;
import org.zowarmup.record.checkpoint.Checkpoint;
import org.zowarmup.record.checkpoint.Checkpoint.Position;
import org.zowarmup.record.checkpoint.CheckpointFolder;
import org.zowarmup.record.checkpoint.SeedLog;
import org.zowarmup.record.weights.Weights;

/**
 * Keeps one method under one seed on the disk: checkpoints every so often, and every round of a
 * phase that seeds and scalars can tell in the seed log. Brings a run back to the last round that
 * is known.
 */
final class MethodRecorder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MethodRecorder.class);
  private static final double SYNC_SECONDS = 10;

  private final CheckpointConfig config;
  private final ServerConfig server;
  private final String method;
  private final FederatedContext context;
  private final List<Method.Phase> phases;
  private final Vector weights;
  private final RunIdentity identity;
  private final RunListener listener;
  private final CheckpointFolder checkpoints;
  private final Path logFile;
  private SeedLog.Writer log;
  private long lastCheckpoint = System.nanoTime();
  private long lastSync = System.nanoTime();
  private String lastGood = "";

  /** Whether this process has written one: the first comes early, for what is lost most often. */
  private boolean written;

  MethodRecorder(
      RunFolder folder,
      RunConfig config,
      String method,
      FederatedContext context,
      List<Method.Phase> phases,
      Vector weights,
      RunIdentity identity,
      RunListener listener) {
    this.config = config.checkpoint();
    this.server = config.zo().server();
    this.method = method;
    this.context = context;
    this.phases = phases;
    this.weights = weights;
    this.identity = identity;
    this.listener = listener;
    this.checkpoints = new CheckpointFolder(folder.checkpoints(), method, context.runSeed());
    this.logFile = folder.seedLog(method, context.runSeed());
  }

  /**
   * A place between two rounds to continue from.
   *
   * @param source of its weights, for people
   */
  record Restored(Position at, Books books, String source) {}

  /**
   * Brings weights and algorithms to the last round that is known, from the newest sound checkpoint
   * and the seed log after it.
   *
   * @param rounds no round after this one is wanted
   * @return where that is; round 0 where nothing is known
   */
  Restored restore(int rounds) {
    Optional<Checkpoint> found = checkpoints.newest(rounds);
    if (found.isEmpty()) {
      Position start = new Position(method, context.runSeed(), 0, 0, 0);
      return new Restored(start, Books.EMPTY, "the start");
    }
    Checkpoint checkpoint = found.get();
    int round = checkpoint.position().round();
    SeedReplay replayed =
        SeedReplay.of(
            checkpoint,
            logged(round + 1, rounds),
            server,
            phases.size(),
            weights,
            context.executor().vectors());
    for (int i = 0; i < phases.size(); i++) {
      phases.get(i).algorithm().restore(replayed.states().get(i));
    }
    lastGood = "the checkpoint of round " + round;
    int last = replayed.at().round();
    String source = last > round ? lastGood + ", then the seed log to round " + last : lastGood;
    return new Restored(replayed.at(), replayed.books(), source);
  }

  private List<SeedLog.Round> logged(int first, int last) {
    if (!Files.exists(logFile)) {
      return Collections.emptyList();
    }
    try {
      SeedLog read = SeedLog.read(logFile);
      return read.header().fits(header()) ? read.stretch(first, last) : Collections.emptyList();
    } catch (BadDataException e) {
      LOG.warn("{}; its rounds are run again", e.getMessage());
      return Collections.emptyList();
    }
  }

  private SeedLog.Header header() {
    return new SeedLog.Header(
        method, context.runSeed(), context.executor().graph().layout().hash(), identity.id());
  }

  /** The last checkpoint that is on the disk, for people; empty for none. */
  String lastGood() {
    return lastGood;
  }

  /**
   * Called before the first round of a phase here, with the place before it. Where a phase starts a
   * checkpoint is written: the seed log starts from it, and what comes before the first round need
   * not end before a stop.
   */
  void phaseStarts(Position at, Books books, int phase) {
    boolean starts = at.phase() != phase || at.roundsOfPhase() == 0;
    boolean logged = phases.get(phase).algorithm().isSeedReplayable();
    boolean unlogged = logged && !starts && !logLeadsTo(at.round());
    if (unlogged || (starts && (logged || at.round() > 0))) {
      write(at, books, logged);
    }
    if (logged && log == null) {
      log = SeedLog.Writer.open(logFile, header(), at.round());
    }
  }

  /** Whether rounds up to this one can be replayed. */
  private boolean logLeadsTo(int round) {
    Optional<CheckpointFolder.Found> pivot = checkpoints.pivotBefore(round);
    return pivot.isPresent()
        && logged(pivot.get().round() + 1, round).size() == round - pivot.get().round();
  }

  /**
   * Called after every round, before anyone else receives it.
   *
   * @param at the place after it
   */
  void roundDone(Position at, Round round) {
    if (log != null && phases.get(at.phase()).algorithm().isSeedReplayable()) {
      Books.Change change = round.messages().after().change();
      log.append(new SeedLog.Round(at.round(), at.roundsOfPhase() - 1, round.update(), change));
    }
  }

  /** Writes a checkpoint where one is due. */
  void afterRound(Position at, Books books, boolean last) {
    boolean due = last || dueByRounds(at) || dueByTheClock();
    if (due) {
      write(at, books, false);
    } else if (log != null && secondsSince(lastSync) >= SYNC_SECONDS) {
      listener.checkpointing();
      sync();
    }
  }

  private boolean dueByRounds(Position at) {
    return config.everyRounds() != null && at.round() % config.everyRounds() == 0;
  }

  private boolean dueByTheClock() {
    return config.everyMinutes() != null
        && secondsSince(lastCheckpoint)
            >= 60 * (written ? config.everyMinutes() : Math.min(1, config.everyMinutes()));
  }

  /** Writes a checkpoint now. */
  void write(Position at, Books books, boolean pivot) {
    listener.checkpointing();
    sync();
    List<AlgorithmState> states = phases.stream().map(p -> p.algorithm().state()).toList();
    float[] values = weights.read();
    Checkpoint checkpoint = new Checkpoint(at, values, states, books.all(), identity.values());
    checkpoints.write(checkpoint, pivot, config.keep());
    lastGood = "the checkpoint of round " + at.round();
    lastCheckpoint = System.nanoTime();
    written |= at.round() > 0;
    ParameterLayout layout = context.executor().graph().layout();
    listener.checkpointed(
        new CheckpointInfo(
            method, context.runSeed(), at.round(), () -> Weights.byName(layout, values)));
  }

  private void sync() {
    if (log != null) {
      log.sync();
    }
    lastSync = System.nanoTime();
  }

  private static double secondsSince(long nanoTime) {
    return (System.nanoTime() - nanoTime) * 1e-9;
  }

  @Override
  public void close() {
    if (log != null) {
      log.close();
    }
  }
}
