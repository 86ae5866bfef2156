package org.zowarmup.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.zowarmup.plugin.Default;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/**
 * The defaults with what is said about every key, made from the records. {@code defaults.yaml} is a
 * copy for readers, which a test compares.
 */
final class Defaults {
  private static final String HEAD =
      """
      # Every key of a ZOWarmUp config, with its default, meaning, unit and allowed range.
      # A config file states only what differs; key=value on the command line goes over both,
      # with the same names joined by dots (zo.epsilon=1e-3).

      """;
  private static final int COMMENT_COLUMN = 28;

  private final StringBuilder yaml = new StringBuilder(HEAD);

  private Defaults() {}

  static String text() {
    Defaults defaults = new Defaults();
    defaults.section(RunConfig.class, "");
    return defaults.yaml.toString();
  }

  static ObjectNode tree() {
    return YamlReader.readSections("defaults.yaml", text());
  }

  private void section(Class<?> type, String indent) {
    boolean afterSection = false;
    for (RecordComponent component : type.getRecordComponents()) {
      boolean ofKinds = component.getType() == KindSection.class;
      boolean nested = ofKinds || TreeBinder.isSection(component.getType());
      if (indent.isEmpty() && (nested || afterSection)) {
        yaml.append('\n');
      }
      afterSection = nested;
      Default value = component.getAnnotation(Default.class);
      String key = indent + component.getName() + ":";
      line(nested ? key : key + " " + value.value(), about(component));
      String deeper = indent + "  ";
      if (ofKinds) {
        line(deeper + "kind: " + value.value(), KindSection.kinds(component));
        if (component.getName().equals("model")) {
          line(deeper + "init: null", KindSection.ABOUT_INIT);
        }
      } else if (nested) {
        section(component.getType(), deeper);
      }
    }
  }

  private void line(String entry, String comment) {
    yaml.append(entry);
    if (!comment.isEmpty()) {
      int gap = entry.length() < COMMENT_COLUMN ? COMMENT_COLUMN - entry.length() : 2;
      yaml.append(" ".repeat(gap)).append("# ").append(comment);
    }
    yaml.append('\n');
  }

  /** Meaning, unit and range or choices of a key; empty where nothing is said. */
  static String about(RecordComponent component) {
    Key key = component.getAnnotation(Key.class);
    Range range = component.getAnnotation(Range.class);
    String text = key == null ? "" : key.value();
    String allowed = range == null ? choices(component.getGenericType()) : text(range);
    if (text.contains("{}")) {
      return text.replace("{}", allowed);
    }
    return allowed.isEmpty() || text.isEmpty() ? text + allowed : text + "; " + allowed;
  }

  private static String text(Range range) {
    if (range.min() == Double.NEGATIVE_INFINITY) {
      return "above " + text(range.above()) + ", at most " + text(range.max());
    }
    boolean open = range.max() == Integer.MAX_VALUE;
    return text(range.min()) + (open ? " up" : " to " + text(range.max()));
  }

  private static String text(double bound) {
    return number(bound).toString().toLowerCase(Locale.ROOT).replace("+", "");
  }

  /** A bound as people write it: 1000000, 0.5, 1E+30. */
  static BigDecimal number(double bound) {
    BigDecimal value = BigDecimal.valueOf(bound).stripTrailingZeros();
    return value.scale() < 0 && Math.abs(bound) < 1e15 ? value.setScale(0) : value;
  }

  /**
   * An enum's constants, each with what is said about it; of a list, the items that it can have.
   */
  private static String choices(Type type) {
    if (type instanceof ParameterizedType list) {
      return choices(list.getActualTypeArguments()[0]).replace(" | ", ", ");
    }
    if (!(type instanceof Class<?> word && word.isEnum())) {
      return "";
    }
    return Arrays.stream(word.getEnumConstants())
        .map(constant -> constant + note((Enum<?>) constant))
        .collect(Collectors.joining(" | "));
  }

  private static String note(Enum<?> constant) {
    try {
      Key key = constant.getDeclaringClass().getField(constant.name()).getAnnotation(Key.class);
      return key == null ? "" : " (" + key.value() + ")";
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException("an enum without its constant", e);
    }
  }
}
