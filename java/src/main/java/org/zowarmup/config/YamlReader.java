package org.zowarmup.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;

/** Reads YAML text into a tree; what cannot be read is named with file, line and column. */
final class YamlReader {
  private static final int MAX_BYTES = 1 << 22;
  private static final String OCTAL = "Octal ";
  private static final Pattern LEADING_ZERO = Pattern.compile("[-+]?0[0-9_]*[0-9]");

  private YamlReader() {}

  static ObjectNode readFile(Path file) {
    if (!Files.exists(file)) {
      throw new UserErrorException(
          "config file "
              + file
              + ": expected a YAML file, found no such file (working folder "
              + Path.of("").toAbsolutePath()
              + ")");
    }
    if (!Files.isRegularFile(file)) {
      throw new UserErrorException(
          "config file " + file + ": expected a YAML file, found a folder or device");
    }
    if (file.toFile().length() > MAX_BYTES) {
      throw new UserErrorException(
          "config file %s: expected at most %d bytes, found %d"
              .formatted(file, MAX_BYTES, file.toFile().length()));
    }
    try {
      return readSections(file.toString(), Files.readString(file, StandardCharsets.UTF_8));
    } catch (CharacterCodingException e) {
      throw new BadDataException(file, "", "UTF-8 text", "bytes that are not UTF-8");
    } catch (IOException e) {
      throw new UserErrorException(
          "config file " + file + ": expected a readable file; cannot read it: " + reason(e), e);
    }
  }

  /**
   * @param origin what to call the text in messages
   * @param text a mapping of keys to values, or nothing at all
   */
  static ObjectNode readSections(String origin, String text) {
    JsonNode tree;
    try {
      // A byte order mark is no part of the first key.
      tree = parse(text.startsWith("\uFEFF") ? text.substring(1) : text);
    } catch (JsonProcessingException e) {
      throw new BadDataException(origin, position(e), expected(e), problem(e));
    }
    if (tree.isMissingNode() || tree.isNull()) {
      return ConfigTree.object();
    }
    if (tree instanceof ObjectNode sections) {
      return sections;
    }
    throw new BadDataException(
        origin, "", "sections of key: value lines", ConfigTree.describe(tree));
  }

  /** Missing where the text holds no value at all. */
  static JsonNode parse(String yaml) throws JsonProcessingException {
    refuseTraps(yaml);
    return ConfigTree.MAPPER.readTree(yaml);
  }

  /**
   * Refuses aliases, which the tree reader would take for text, and numbers that start with 0: YAML
   * 1.1 reads 010 as 8, YAML 1.2 as 10.
   */
  private static void refuseTraps(String yaml) throws JsonProcessingException {
    try (YAMLParser parser = ConfigTree.MAPPER.getFactory().createParser(yaml)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (parser.isCurrentAlias()) {
          throw new JsonParseException(parser, "Alias *" + parser.getText());
        }
        if (token.isScalarValue() && isOctal(yaml, parser)) {
          throw new JsonParseException(
              parser, OCTAL + parser.getText(), parser.currentTokenLocation());
        }
      }
    } catch (JsonProcessingException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    }
  }

  /** Whether a value is written without quotes as digits that start with a 0. */
  private static boolean isOctal(String yaml, YAMLParser parser) throws IOException {
    if (!LEADING_ZERO.matcher(parser.getText()).matches()) {
      return false;
    }
    long at = parser.currentTokenLocation().getCharOffset();
    return at < 0 || at >= yaml.length() || "'\"".indexOf(yaml.charAt((int) at)) < 0;
  }

  /** For example {@code 010, which is 8 in YAML 1.1 and 10 elsewhere; write 8 or 10}. */
  private static String octal(String text) {
    String digits = text.replaceAll("[-+_]", "");
    String sign = text.startsWith("-") ? "-" : "";
    String decimal = sign + new BigInteger(digits);
    if (digits.matches("[0-7]+")) {
      String octal = sign + new BigInteger(digits, 8);
      if (!octal.equals(decimal)) {
        return "%s, which is %s in YAML 1.1 and %s elsewhere; write %s or %s, or '%s' in quotes for text"
            .formatted(text, octal, decimal, octal, decimal, text);
      }
    }
    return "%s; write %s, or '%s' in quotes for text".formatted(text, decimal, text);
  }

  /** The problem that the YAML parser found, on one line. */
  static String problem(JsonProcessingException e) {
    String problem = e.getOriginalMessage();
    if (e.getCause() instanceof MarkedYAMLException marked && marked.getProblem() != null) {
      problem = marked.getProblem();
    }
    if (problem.startsWith("Duplicate field")) {
      return problem.replace("Duplicate field", "a second");
    }
    if (problem.startsWith("Trailing token")) {
      return "a second document";
    }
    if (problem.startsWith(OCTAL)) {
      return octal(problem.substring(OCTAL.length()));
    }
    if (problem.startsWith("Alias")) {
      return problem.replace("Alias", "the alias") + "; write the value itself";
    }
    return "a syntax error: " + problem.lines().findFirst().orElse("");
  }

  static String expected(JsonProcessingException e) {
    String problem = e.getOriginalMessage();
    return problem.startsWith("Duplicate field")
        ? "every key once"
        : problem.startsWith("Trailing token")
            ? "one YAML document"
            : problem.startsWith(OCTAL)
                ? "a number without a leading 0"
                : problem.startsWith("Alias") ? "values without aliases" : "YAML";
  }

  private static String position(JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    return at == null ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr();
  }

  private static String reason(IOException e) {
    return e.getClass().getSimpleName().replace("Exception", "") + " " + e.getMessage();
  }
}
