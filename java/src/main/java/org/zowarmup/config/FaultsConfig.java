package org.zowarmup.config;

import java.util.List;
import org.zowarmup.error.Require;

/**
 * What goes wrong with the clients of a round, and what the server makes of it.
 *
 * @param dropout chance that a client of a round falls silent after it was called
 * @param latencySpread sigma of the log-normal time a client needs, in logarithms; its median is 1
 * @param deadline multiple of the median time after which an answer is not waited for; 0: none
 * @param corrupt chance that what a client sends is wrong
 * @param corruption what it then sends: nan, or huge, its answer times a million
 * @param onBadAnswer stop ends the run at an answer that is not finite or beyond a limit; refuse
 *     leaves it out and counts it
 * @param maxScalar limit of a scalar's size; 0: none
 * @param maxChange limit of the L2 norm of a client's change of the weights; 0: none
 */
public record FaultsConfig(
    double dropout,
    double latencySpread,
    double deadline,
    double corrupt,
    String corruption,
    String onBadAnswer,
    double maxScalar,
    double maxChange) {
  /** Nothing goes wrong, and what is not finite ends the run. */
  public static final FaultsConfig NONE = new FaultsConfig(0, 0.5, 0, 0, "nan", "stop", 0, 0);

  public FaultsConfig {
    Require.range("dropout", dropout, 0, 0.999);
    Require.range("latencySpread", latencySpread, 0, 10);
    Require.range("deadline", deadline, 0, 1_000_000);
    Require.range("corrupt", corrupt, 0, 1);
    Require.oneOf("corruption", corruption, List.of("nan", "huge"));
    Require.oneOf("onBadAnswer", onBadAnswer, List.of("stop", "refuse"));
    Require.range("maxScalar", maxScalar, 0, 1e30);
    Require.range("maxChange", maxChange, 0, 1e30);
  }

  /** Whether a bad answer is left out rather than the end of the run. */
  public boolean refuses() {
    return onBadAnswer.equals("refuse");
  }
}
