package org.zowarmup.bench.gpu;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Lines of JSON, one a finding, printed as they come; remembers whether a bound was broken. */
final class Findings {
  private final ObjectMapper json = new ObjectMapper();
  private final PrintStream out;
  private int broken;

  Findings(PrintStream out) {
    this.out = out;
  }

  /** A figure without a bound. */
  void report(String step, String name, Map<String, ?> values) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", step);
    line.put("name", name);
    line.putAll(values);
    try {
      out.println(json.writeValueAsString(line));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A value that must be at most {@code bound}; NaN is not. */
  void atMost(String step, String name, double value, double bound) {
    bound(step, name, value, "at most", bound, value <= bound);
  }

  void atLeast(String step, String name, double value, double bound) {
    bound(step, name, value, "at least", bound, value >= bound);
  }

  private void bound(
      String step, String name, double value, String relation, double bound, boolean holds) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("value", value);
    line.put(relation.replace(' ', '_'), bound);
    line.put("holds", holds);
    report(step, name, line);
    broken += holds ? 0 : 1;
  }

  /** Bounds that did not hold. */
  int broken() {
    return broken;
  }
}
