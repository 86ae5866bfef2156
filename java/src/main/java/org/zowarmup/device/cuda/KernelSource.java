package org.zowarmup.device.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
