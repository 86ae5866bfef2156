package org.zowarmup.report;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.zowarmup.config.ConfigDifference;
import org.zowarmup.record.Json;

/**
 * Runs whose results may be compared seed by seed: they have the same images, partition, pools and
 * initial weights, and the same number of rounds in all or the same rule to end before it.
 *
 * @param title what distinguishes it from the other cells, empty where there is one only
 * @param names what distinguishes each of its runs from the others in it, empty for a single one
 */
record Cell(String title, List<RunRecords> runs, List<String> names) {
  /** Keys that say nothing about what was trained. */
  private static final Set<String> IGNORED =
      Set.of("output", "threads", "name", "methods", "data.cache");

  /** Keys that say where the images are; which ones they are is in the runs' identity. */
  private static final Set<String> PLACES = Set.of("data.path", "data.source", "model.init");

  /** More would make a title of several lines. */
  private static final int MOST_KEYS = 3;

  private static final Set<String> BUDGET = Set.of("warmup.rounds", "zo.rounds");

  /**
   * @param labels a name for each run, or none: their own names where these differ, else the keys
   *     in which their configs do, else their folders
   */
  static List<Cell> of(List<RunRecords> runs, List<String> labels) {
    List<List<RunRecords>> groups = new ArrayList<>();
    for (RunRecords run : runs) {
      groups.stream()
          .filter(group -> isComparable(group.get(0), run))
          .findFirst()
          .orElseGet(
              () -> {
                groups.add(new ArrayList<>());
                return groups.get(groups.size() - 1);
              })
          .add(run);
    }
    List<String> names = labels.isEmpty() ? runs.stream().map(Cell::name).toList() : labels;
    boolean named = runs.size() > 1 && new HashSet<>(names).size() == runs.size();
    List<String> titles =
        differences(groups.stream().map(group -> group.get(0)).toList(), Cell::isOfCell);
    List<Cell> cells = new ArrayList<>();
    for (int g = 0; g < groups.size(); g++) {
      List<RunRecords> own = groups.get(g);
      List<String> ownNames =
          named
              ? own.stream().map(run -> names.get(runs.indexOf(run))).toList()
              : differences(own, key -> true);
      cells.add(new Cell(titles.get(g), List.copyOf(own), ownNames));
    }
    return cells;
  }

  private static String name(RunRecords run) {
    return run.description().map(one -> one.name()).orElse("");
  }

  /** True for the two keys that share out one number of rounds. */
  static boolean areOneBudget(String key, String other) {
    return BUDGET.contains(key) && BUDGET.contains(other);
  }

  /** True for a key that results are not compared across. */
  static boolean isOfCell(String key) {
    return BUDGET.contains(key)
        || key.equals("evaluate.patience")
        || Stream.of("data.", "clients.", "model.").anyMatch(key::startsWith);
  }

  private static boolean isComparable(RunRecords one, RunRecords two) {
    JsonNode identity = Json.tree(one.folder().identity());
    JsonNode other = Json.tree(two.folder().identity());
    boolean known = identity.has("data") && other.has("data");
    if (known && !identity.get("data").equals(other.get("data"))) {
      return false;
    }
    long rounds = 0;
    for (ConfigDifference key : ConfigDifference.between(one.config(), two.config(), IGNORED)) {
      if (BUDGET.contains(key.path())) {
        rounds += Long.parseLong(key.left()) - Long.parseLong(key.right());
      } else if (isOfCell(key.path())
          && !(known && PLACES.contains(key.path()) && !key.path().equals("model.init"))) {
        return false;
      }
    }
    return rounds == 0;
  }

  /**
   * Keys in which the runs' configs differ and this run's values, of many keys the fewest that
   * distinguish the runs; the runs' folders where no keys do.
   */
  private static List<String> differences(List<RunRecords> runs, Predicate<String> counts) {
    if (runs.size() == 1) {
      return List.of("");
    }
    List<Map<String, String>> values = values(runs);
    List<String> all = values.get(0).keySet().stream().filter(counts).toList();
    List<String> words = words(values, all.size() <= MOST_KEYS ? all : fewest(values, all));
    return new HashSet<>(words).size() == runs.size() ? words : folders(runs);
  }

  private static List<String> words(List<Map<String, String>> values, List<String> keys) {
    return values.stream()
        .map(own -> keys.stream().map(key -> key + "=" + own.get(key)).collect(joining(", ")))
        .toList();
  }

  /** Adds the key that distinguishes most of the runs, again and again. */
  private static List<String> fewest(List<Map<String, String>> values, List<String> all) {
    List<String> chosen = List.of();
    long apart = 1;
    while (apart < values.size()) {
      List<String> best = chosen;
      for (String key : all) {
        List<String> keys = new ArrayList<>(chosen);
        keys.add(key);
        long now = new HashSet<>(words(values, keys)).size();
        if (now > apart) {
          apart = now;
          best = keys;
        }
      }
      if (best.size() == chosen.size()) {
        break;
      }
      chosen = best;
    }
    return chosen;
  }

  /** The value of every run for each key in which any of them differs from the first. */
  static List<Map<String, String>> values(List<RunRecords> runs) {
    Map<String, String> first = new LinkedHashMap<>();
    List<Map<String, String>> others = new ArrayList<>();
    for (RunRecords run : runs) {
      Map<String, String> own = new LinkedHashMap<>();
      for (ConfigDifference one :
          ConfigDifference.between(runs.get(0).config(), run.config(), IGNORED)) {
        own.put(one.path(), one.right());
        first.put(one.path(), one.left());
      }
      others.add(own);
    }
    return others.stream()
        .map(
            own -> {
              Map<String, String> all = new LinkedHashMap<>(first);
              all.putAll(own);
              return all;
            })
        .toList();
  }

  /** The shortest ends of the folders' paths that are all different. */
  private static List<String> folders(List<RunRecords> runs) {
    List<Path> paths =
        runs.stream().map(run -> run.folder().path().toAbsolutePath().normalize()).toList();
    for (int length = 1; ; length++) {
      int parts = length;
      List<String> ends =
          paths.stream()
              .map(
                  path ->
                      path.subpath(Math.max(0, path.getNameCount() - parts), path.getNameCount()))
              .map(Path::toString)
              .toList();
      if (new HashSet<>(ends).size() == runs.size() || parts > 255) {
        return ends;
      }
    }
  }
}
