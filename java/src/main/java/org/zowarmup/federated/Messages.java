package org.zowarmup.federated;

import java.util.List;

/**
 * Everything that a round sends.
 *
 * @param traffic its bytes
 * @param after the books once all of it has arrived
 * @param missed answers that the server does without
 */
public record Messages(Traffic traffic, Books after, Faults.Count missed) {
  /** These, then those of another part of the round, which started from these books. */
  public Messages then(Messages next) {
    return new Messages(traffic.plus(next.traffic), next.after, missed.plus(next.missed));
  }

  /**
   * The bytes of a method without its rounds. They are a run's to the byte, except where a run
   * depends on what clients find: {@link Algorithm#assumption} says what is taken for granted.
   *
   * @param budget rounds of the run
   */
  public static Traffic forecast(List<Phase> phases, int budget) {
    Books books = Books.EMPTY;
    Traffic traffic = Traffic.ZERO;
    int round = 0;
    for (Phase phase : phases) {
      int rounds = Math.min(phase.rounds(), budget - round);
      for (int i = 0; i < rounds; i++) {
        round++;
        Messages messages = phase.algorithm().messages(new RoundKey(round, i), books);
        traffic = traffic.plus(messages.traffic);
        books = messages.after.accepted();
      }
    }
    return traffic;
  }
}
