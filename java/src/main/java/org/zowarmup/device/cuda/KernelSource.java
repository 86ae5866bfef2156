package org.zowarmup.device.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A kernel source with the headers that it includes, read from the class path.
 *
 * @param headers text by name, of everything that is included, in the order of their names
 */
record KernelSource(String file, String text, Map<String, String> headers) {
  private static final String FOLDER = "/org/zowarmup/kernels/";
  private static final Pattern INCLUDE =
      Pattern.compile("^#include \"([^\"]+)\"", Pattern.MULTILINE);

  static KernelSource of(String file) {
    String text = resource(file);
    Map<String, String> headers = new TreeMap<>();
    collect(text, headers);
    return new KernelSource(file, text, headers);
  }

  /** The entry point of this name. */
  KernelSignature signature(String kernel) {
    return KernelSignature.of(file, text).stream()
        .filter(signature -> signature.name().equals(kernel))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "kernel source " + file + " declares no kernel " + kernel + " with its grid"));
  }

  /** The value of a {@code constexpr int} of this source or of its headers. */
  int constant(String name) {
    Pattern line = Pattern.compile("constexpr int " + name + " = (-?\\d+);");
    return Stream.concat(Stream.of(text), headers.values().stream())
        .map(line::matcher)
        .filter(Matcher::find)
        .mapToInt(found -> Integer.parseInt(found.group(1)))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("kernel source " + file + " has no " + name));
  }

  private static void collect(String text, Map<String, String> headers) {
    Matcher include = INCLUDE.matcher(text);
    while (include.find()) {
      String name = include.group(1);
      if (!headers.containsKey(name)) {
        String header = resource(name);
        headers.put(name, header);
        collect(header, headers);
      }
    }
  }

  private static String resource(String name) {
    try (InputStream in = KernelSource.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new IllegalStateException("kernel source " + name + " is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("kernel source " + name, e);
    }
  }
}
