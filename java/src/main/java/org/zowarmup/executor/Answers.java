package org.zowarmup.executor;

/**
 * Takes trained weights one job after the other, in the order of the jobs whoever trained them, so
 * that no one holds those of all: a few coordinates of each on every rank.
 */
public interface Answers {
  /**
   * What the client of a job sends.
   *
   * @param values in the layout of the whole network
   * @param note one number that all ranks receive with it
   */
  record Answer(float[] values, double note) {}

  /**
   * Makes the answer of trained weights, where they were trained and on that lane: for several jobs
   * at once, in any order.
   *
   * @param trained in the layout of the job's network; may be changed and sent
   */
  Answer answer(int job, float[] trained);

  /**
   * Receives this rank's coordinates of an answer; called for each job in turn, on the thread of
   * the run.
   *
   * @param from first coordinate, in the layout of the whole network
   * @param values as many as are this rank's
   * @return whether they are kept; if not, they may hold another answer later
   */
  boolean receive(int job, double note, int from, float[] values);
}
