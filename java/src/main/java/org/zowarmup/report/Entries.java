package org.zowarmup.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.zowarmup.config.ConfigDifference;
import org.zowarmup.federated.methods.Methods;

/** Names and colours what is compared: every method of every run. */
final class Entries {
  private static final Set<String> IGNORED = Set.of("output", "threads", "name", "methods");

  private Entries() {}

  static List<Entry> of(List<RunRecords> runs) {
    List<String> suffixes = suffixes(runs);
    List<Entry> entries = new ArrayList<>();
    for (int r = 0; r < runs.size(); r++) {
      for (String method : runs.get(r).methods()) {
        String label =
            Methods.label(method) + (suffixes.get(r).isEmpty() ? "" : ", " + suffixes.get(r));
        entries.add(new Entry(runs.get(r), method, label, entries.size()));
      }
    }
    return entries;
  }

  /**
   * Distinguishes a run from the others: the keys in which their configs differ, else its folder.
   */
  private static List<String> suffixes(List<RunRecords> runs) {
    if (runs.size() == 1) {
      return List.of("");
    }
    Map<String, String> values = new LinkedHashMap<>();
    List<Map<String, String>> own = new ArrayList<>();
    for (RunRecords run : runs) {
      Map<String, String> differences = new LinkedHashMap<>();
      for (ConfigDifference one :
          ConfigDifference.between(runs.get(0).config(), run.config(), IGNORED)) {
        differences.put(one.path(), one.right());
        values.put(one.path(), one.left());
      }
      own.add(differences);
    }
    List<String> suffixes = new ArrayList<>();
    for (Map<String, String> differences : own) {
      StringJoiner words = new StringJoiner(", ");
      values.forEach((key, first) -> words.add(key + "=" + differences.getOrDefault(key, first)));
      suffixes.add(words.toString());
    }
    if (new LinkedHashSet<>(suffixes).size() < runs.size()) {
      return runs.stream().map(run -> String.valueOf(run.folder().path().getFileName())).toList();
    }
    return suffixes;
  }
}
