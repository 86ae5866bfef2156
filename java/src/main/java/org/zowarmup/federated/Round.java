package org.zowarmup.federated;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A round that was run. It counts once the run takes its books for its own; until then dropping it
 * leaves no trace but in the weights.
 *
 * @param loss mean training loss that the round saw; NaN where no client answered
 * @param messages what was sent, and the books after it
 * @param update all that it did to the weights, where seeds and coefficients can tell
 */
public record Round(double loss, Messages messages, Optional<SeedUpdate> update) {
  public Round {
    Objects.requireNonNull(messages, "messages");
    Objects.requireNonNull(update, "update");
  }

  /** One that only whole vectors can tell. */
  public Round(double loss, Messages messages) {
    this(loss, messages, Optional.empty());
  }

  /**
   * Names a round.
   *
   * @param round from 1, counted through all phases; part of the names of the random streams
   * @param roundOfPhase from 0, for schedules
   */
  public record Key(int round, int roundOfPhase) {}

  /**
   * Everything that a round sends, and who took part.
   *
   * @param traffic its bytes
   * @param work what its clients did
   * @param after the books once all of it has arrived
   * @param missed answers that the server does without
   */
  public record Messages(Traffic traffic, Work work, Books after, Faults.Count missed) {
    /** These, then those of another part of the round, which started from these books. */
    public Messages then(Messages next) {
      return new Messages(
          traffic.plus(next.traffic), work.plus(next.work), next.after, missed.plus(next.missed));
    }

    /**
     * The bytes and the work of a method without its rounds, phase by phase. They are a run's to
     * the byte, except where a run depends on what clients find: {@link Algorithm#assumption} says
     * what is taken for granted.
     *
     * @param budget rounds of the run
     */
    public static List<Forecast> forecast(List<Method.Phase> phases, int budget) {
      Books books = Books.EMPTY;
      List<Forecast> all = new ArrayList<>();
      int round = 0;
      for (Method.Phase phase : phases) {
        int rounds = Math.min(phase.rounds(), budget - round);
        Traffic traffic = Traffic.ZERO;
        Work work = Work.ZERO;
        for (int i = 0; i < rounds; i++) {
          round++;
          Messages messages = phase.algorithm().messages(new Round.Key(round, i), books);
          traffic = traffic.plus(messages.traffic);
          work = work.plus(messages.work);
          books = messages.after.accepted();
        }
        all.add(new Forecast(phase.algorithm().phase(), rounds, traffic, work));
      }
      return all;
    }
  }

  /**
   * What the rounds of a phase will send and compute.
   *
   * @param phase as metrics name it
   */
  public record Forecast(String phase, int rounds, Traffic traffic, Work work) {}
}
