package org.zowarmup.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns the phrases that {@code defaults.yaml} uses for ranges into the words of a JSON schema:
 * {@code 1 to 1000}, {@code above 0, at most 100}, {@code constant | cosine}. A test holds the
 * records to what is said there.
 */
final class DocumentedRange {
  private static final String NUMBER = "-?\\d+(?:\\.\\d+)?(?:[eE]-?\\d+)?";
  private static final Pattern FROM_TO =
      Pattern.compile("(?:^|[;,:] )(" + NUMBER + ") to (" + NUMBER + "\\b|[a-z])");
  private static final Pattern OR_ZERO = Pattern.compile(", or 0 for ");
  private static final Pattern ABOVE =
      Pattern.compile("above (" + NUMBER + "), at most (" + NUMBER + ")");
  private static final Pattern CHOICE =
      Pattern.compile("[A-Za-z0-9-]+(?: \\([^)]*\\))?(?: \\| [A-Za-z0-9-]+(?: \\([^)]*\\))?)+");

  private DocumentedRange() {}

  /**
   * @param number the schema of a numeric key, which is added to
   * @param comment what stands behind the key
   */
  static void addTo(ObjectNode number, String comment) {
    Matcher above = ABOVE.matcher(comment);
    Matcher fromTo = FROM_TO.matcher(comment);
    if (above.find()) {
      number.put("exclusiveMinimum", value(above.group(1)));
      number.put("maximum", value(above.group(2)));
    } else if (fromTo.find()) {
      boolean orZero = OR_ZERO.matcher(comment).find();
      number.put("minimum", orZero ? BigDecimal.ZERO : value(fromTo.group(1)));
      if (Character.isDigit(fromTo.group(2).charAt(0)) || fromTo.group(2).startsWith("-")) {
        number.put("maximum", value(fromTo.group(2)));
      }
    }
  }

  /** Adds the choices of a key of text, where the comment lists them all. */
  static void addChoices(ObjectNode text, String comment) {
    List<String> choices = choices(comment);
    if (!choices.isEmpty()) {
      ArrayNode values = text.putArray("enum");
      choices.forEach(values::add);
    }
  }

  private static List<String> choices(String comment) {
    Matcher choice = CHOICE.matcher(comment);
    if (comment.contains("...") || !choice.find()) {
      return List.of();
    }
    return Arrays.stream(choice.group().replaceAll(" \\([^)]*\\)", "").split(" \\| ", -1)).toList();
  }

  private static BigDecimal value(String digits) {
    return new BigDecimal(digits);
  }
}
