package org.zowarmup.bench.peers;

/** Ways in which an operation uses its threads. */
enum Setting {
  /** One step at a time on all of them. */
  TEAM("one step on all threads"),
  /** A step for each of them, side by side, one thread each. */
  SIDE_BY_SIDE("a step on each thread");

  private final String text;

  Setting(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }
}
