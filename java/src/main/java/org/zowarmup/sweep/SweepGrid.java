package org.zowarmup.sweep;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.zowarmup.error.ConfigException;

/**
 * The grid of a sweep: some keys fixed, some with several values, of which every combination is a
 * cell.
 *
 * @param fixed words {@code key=value} that hold in every cell
 */
public record SweepGrid(List<String> fixed, List<Axis> axes) {
  private static final int MAX_CELLS = 10_000;
  private static final int LABEL_CHARS = 120;

  /** A key and the values that it takes, as YAML. */
  public record Axis(String key, List<String> values) {
    public Axis {
      values = List.copyOf(values);
    }
  }

  /**
   * One combination.
   *
   * @param number from 1
   * @param values one for every axis, in their order
   * @param overrides what to lay over the config, the fixed words included
   * @param label name of its folder
   */
  public record Cell(int number, List<String> values, List<String> overrides, String label) {}

  public SweepGrid {
    fixed = List.copyOf(fixed);
    axes = List.copyOf(axes);
    long cells = 1;
    for (Axis axis : axes) {
      cells *= axis.values().size();
      if (cells > MAX_CELLS) {
        throw new ConfigException(
            axis.key(), "expected a grid of at most %d cells, found more".formatted(MAX_CELLS));
      }
      if (axis.values().stream().distinct().count() < axis.values().size()) {
        throw new ConfigException(
            axis.key(), "expected every value once, found " + String.join(", ", axis.values()));
      }
    }
  }

  /**
   * Reads words {@code key=a,b,c}. Commas within brackets, braces or quotes separate nothing, so
   * {@code model.channels=[8,16],[16,32]} has two values; a key with one value is fixed.
   */
  public static SweepGrid parse(List<String> words) {
    List<String> fixed = new ArrayList<>();
    List<Axis> axes = new ArrayList<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      List<String> values = equals < 0 ? List.of() : split(word.substring(equals + 1));
      if (values.size() < 2) {
        fixed.add(word);
      } else {
        String key = word.substring(0, equals).strip();
        if (axes.stream().anyMatch(axis -> axis.key().equals(key))) {
          throw new ConfigException(key, "expected one list of values, found two");
        }
        if (values.stream().anyMatch(String::isEmpty)) {
          throw new ConfigException(
              key, "expected values separated by commas, found an empty one in " + word);
        }
        axes.add(new Axis(key, values));
      }
    }
    return new SweepGrid(fixed, axes);
  }

  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    char quote = 0;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '[' || c == '{') {
        depth++;
      } else if (c == ']' || c == '}') {
        depth--;
      } else if (c == ',' && depth == 0) {
        parts.add(text.substring(from, i).strip());
        from = i + 1;
      }
    }
    parts.add(text.substring(from).strip());
    return parts;
  }

  /** Every combination; the last axis varies fastest. */
  public List<Cell> cells() {
    List<List<String>> combinations = List.of(List.of());
    for (Axis axis : axes) {
      List<List<String>> longer = new ArrayList<>();
      for (List<String> head : combinations) {
        for (String value : axis.values()) {
          List<String> values = new ArrayList<>(head);
          values.add(value);
          longer.add(values);
        }
      }
      combinations = longer;
    }
    List<Cell> cells = new ArrayList<>();
    for (List<String> values : combinations) {
      cells.add(cell(cells.size() + 1, values));
    }
    return cells;
  }

  private Cell cell(int number, List<String> values) {
    List<String> overrides = new ArrayList<>(fixed);
    List<String> own = new ArrayList<>();
    for (int i = 0; i < axes.size(); i++) {
      own.add(axes.get(i).key() + "=" + values.get(i));
    }
    overrides.addAll(own);
    return new Cell(number, values, overrides, label(own));
  }

  /** A folder name that differs wherever the words do. */
  private static String label(List<String> words) {
    String text = words.isEmpty() ? "all" : String.join(",", words);
    String plain = text.replaceAll("[^A-Za-z0-9=.,_+-]", "_");
    if (plain.equals(text) && plain.length() <= LABEL_CHARS) {
      return plain;
    }
    CRC32 sum = new CRC32();
    sum.update(text.getBytes(StandardCharsets.UTF_8));
    String head = plain.substring(0, Math.min(plain.length(), LABEL_CHARS));
    return "%s-%08x".formatted(head, sum.getValue());
  }
}
