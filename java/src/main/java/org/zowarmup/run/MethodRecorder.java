package org.zowarmup.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.config.CheckpointConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.error.BadDataException;
import org.zowarmup.federated.AlgorithmState;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.LedgerChange;
import org.zowarmup.federated.Phase;
import org.zowarmup.federated.SeedReplayable;
import org.zowarmup.record.RunFolder;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.checkpoint.Checkpoint;
import org.zowarmup.record.checkpoint.Checkpoint.Position;
import org.zowarmup.record.checkpoint.CheckpointFolder;
import org.zowarmup.record.checkpoint.SeedLog;
import org.zowarmup.record.checkpoint.SeedLogHeader;
import org.zowarmup.record.checkpoint.SeedLogRound;
import org.zowarmup.record.checkpoint.SeedLogWriter;

/**
 * Keeps one method under one seed on the disk: checkpoints every so often, and every round of a
 * phase that seeds and scalars can tell in the seed log. Brings a run back to the last round that
 * is known.
 */
final class MethodRecorder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MethodRecorder.class);
  private static final double SYNC_SECONDS = 1;

  private final CheckpointConfig config;
  private final String method;
  private final FederatedContext context;
  private final List<Phase> phases;
  private final Vector weights;
  private final RunIdentity identity;
  private final RunListener listener;
  private final CheckpointFolder checkpoints;
  private final Path logFile;
  private SeedLogWriter log;
  private long lastCheckpoint = System.nanoTime();
  private long lastSync = System.nanoTime();
  private String lastGood = "";
  private String source = "the beginning";

  MethodRecorder(
      RunFolder folder,
      CheckpointConfig config,
      String method,
      FederatedContext context,
      List<Phase> phases,
      Vector weights,
      RunIdentity identity,
      RunListener listener) {
    this.config = config;
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
   * Brings weights, algorithms and ledger to the last round that is known, from the newest sound
   * checkpoint and the seed log behind it.
   *
   * @param rounds no round after this one is wanted
   * @return where that is; round 0 where nothing is known
   */
  Position restore(int rounds) {
    Position at = new Position(method, context.runSeed(), 0, 0, 0);
    Optional<Checkpoint> found = checkpoints.newest(rounds);
    if (found.isPresent()) {
      Checkpoint checkpoint = found.get();
      at = checkpoint.position();
      identity.requireSame(
          new RunIdentity(checkpoint.identity()),
          "checkpoint of %s seed %d, round %d".formatted(method, context.runSeed(), at.round()));
      SeedReplay replay = new SeedReplay(phases, weights, context.ledger());
      replay.load(checkpoint);
      source = "the checkpoint of round " + at.round();
      lastGood = source;
      at = replay.apply(at, logged(at.round() + 1, rounds));
      if (at.round() > checkpoint.position().round()) {
        source += ", then the seed log to round " + at.round();
      }
    }
    checkpoints.removeAfter(at.round());
    context.ledger().takeChange();
    return at;
  }

  private List<SeedLogRound> logged(int first, int last) {
    if (!Files.exists(logFile)) {
      return Collections.emptyList();
    }
    try {
      SeedLog read = SeedLog.read(logFile);
      return read.header().equals(header()) ? read.stretch(first, last) : Collections.emptyList();
    } catch (BadDataException e) {
      LOG.warn("{}; its rounds are run again", e.getMessage());
      return Collections.emptyList();
    }
  }

  private SeedLogHeader header() {
    return new SeedLogHeader(method, context.runSeed(), context.executor().graph().layout().hash());
  }

  /** What the weights were taken from, for people. */
  String source() {
    return source;
  }

  /** The last checkpoint that is on the disk, for people; empty for none. */
  String lastGood() {
    return lastGood;
  }

  /**
   * Called before the first round of a phase here, with the place before it. Where a phase begins a
   * checkpoint is written: the seed log starts from it, and what comes before the first round need
   * not end before a stop.
   */
  void phaseStarts(Position at, int phase) {
    boolean begins = at.phase() != phase || at.roundsOfPhase() == 0;
    boolean logged = phases.get(phase).algorithm() instanceof SeedReplayable;
    if (begins && (logged || at.round() > 0)) {
      write(at, logged);
    }
    if (logged && log == null) {
      log = SeedLogWriter.open(logFile, header(), at.round());
    }
  }

  /** Called after every round, before anybody else hears of it. */
  void roundDone(Position at) {
    LedgerChange change = context.ledger().takeChange();
    if (log != null && phases.get(at.phase()).algorithm() instanceof SeedReplayable zo) {
      log.append(new SeedLogRound(at.round(), at.roundsOfPhase() - 1, zo.lastUpdate(), change));
    }
  }

  /** Writes a checkpoint where one is due. */
  void afterRound(Position at, boolean last) {
    boolean due = last || dueByRounds(at) || dueByTheClock();
    if (due) {
      write(at, false);
    } else if (secondsSince(lastSync) >= SYNC_SECONDS) {
      sync();
    }
  }

  private boolean dueByRounds(Position at) {
    return config.everyRounds() != null && at.round() % config.everyRounds() == 0;
  }

  private boolean dueByTheClock() {
    return config.everyMinutes() != null
        && secondsSince(lastCheckpoint) >= 60 * config.everyMinutes();
  }

  /** Writes a checkpoint now. */
  void write(Position at, boolean pivot) {
    sync();
    listener.checkpointing();
    List<AlgorithmState> states = phases.stream().map(p -> p.algorithm().state()).toList();
    Checkpoint checkpoint =
        new Checkpoint(at, weights.read(), states, context.ledger().state(), identity.values());
    checkpoints.write(checkpoint, pivot, config.keep());
    lastGood = "the checkpoint of round " + at.round();
    lastCheckpoint = System.nanoTime();
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
