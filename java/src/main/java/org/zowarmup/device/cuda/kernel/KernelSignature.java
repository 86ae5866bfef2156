package org.zowarmup.device.cuda.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.zowarmup.device.cuda.driver.DevicePointer;

/**
 * An entry point as its source declares it: the threads of a block from {@code __launch_bounds__},
 * the parameters, and from the comment above it how many blocks a launch has. {@code // Grid: rows
 * * channels / 2048, loops} is a block for every 2048 elements, rounded up, at least one, and no
 * more than {@value #MAX_LOOPING} because the blocks loop over the rest; {@code // Grid: channels /
 * 32 x rows / rowsPerChunk} has two dimensions. Names are parameters, but {@code samples} is given
 * with the launch.
 *
 * @param block threads of a block
 */
record KernelSignature(
    String file, String name, int block, List<Parameter> parameters, String grid) {
  /** Blocks of a launch that loops over what is left. */
  static final int MAX_LOOPING = 65_535;

  private static final String SAMPLES = "samples";
  private static final String LOOPS = ", loops";
  private static final Pattern ENTRY =
      Pattern.compile(
          "// Grid: ([^\\n]+)\\n"
              + "extern \"C\" __global__ void\\s+__launch_bounds__\\((\\d+)\\)\\s+"
              + "(\\w+)\\(([^)]*)\\)");

  /** A parameter, with the argument that it takes. */
  record Parameter(String type, String name) {
    static Parameter of(String declaration) {
      String text = declaration.replace("__restrict__", "").strip().replaceAll("\\s+", " ");
      int at = Math.max(text.lastIndexOf(' '), text.lastIndexOf('*')) + 1;
      return new Parameter(text.substring(0, at).strip(), text.substring(at));
    }

    /** Null where the type is none that a launch can fill. */
    Class<?> argument() {
      if (type.endsWith("*")) {
        return DevicePointer.class;
      }
      return switch (type) {
        case "int", "unsigned int" -> Integer.class;
        case "long long", "unsigned long long" -> Long.class;
        case "float" -> Float.class;
        case "double" -> Double.class;
        default -> null;
      };
    }

    boolean takes(Object value) {
      Class<?> argument = argument();
      return value == null
          ? argument == DevicePointer.class
          : argument != null && argument.isInstance(value);
    }
  }

  /** The entry points of a source, in its order. */
  static List<KernelSignature> of(String file, String text) {
    List<KernelSignature> all = new ArrayList<>();
    Matcher entry = ENTRY.matcher(text);
    while (entry.find()) {
      List<Parameter> parameters =
          Arrays.stream(entry.group(4).split(",")).map(Parameter::of).toList();
      int block = Integer.parseInt(entry.group(2));
      all.add(new KernelSignature(file, entry.group(3), block, parameters, entry.group(1)));
    }
    return all;
  }

  /** Refuses arguments that are not what the source declares. */
  void check(Object... arguments) {
    if (arguments.length != parameters.size()) {
      throw new IllegalArgumentException(
          "kernel %s of %s: expected %d arguments %s, found %d"
              .formatted(name, file, parameters.size(), parameters, arguments.length));
    }
    for (int i = 0; i < arguments.length; i++) {
      Parameter parameter = parameters.get(i);
      if (!parameter.takes(arguments[i])) {
        throw new IllegalArgumentException(
            "kernel %s of %s, parameter %d %s: expected %s for %s, found %s"
                .formatted(
                    name,
                    file,
                    i,
                    parameter.name(),
                    parameter.argument() == null
                        ? "a type that a launch can fill"
                        : parameter.argument().getSimpleName(),
                    parameter.type(),
                    arguments[i] == null ? "null" : arguments[i].getClass().getSimpleName()));
      }
    }
  }

  /**
   * Blocks in x and y of a launch with arguments that {@link #check} has accepted.
   *
   * @param samples what the grid calls so; 0 where it does not
   */
  int[] blocks(int samples, Object... arguments) {
    boolean loops = grid.endsWith(LOOPS);
    String[] axes = grid.replace(LOOPS, "").split(" x ", -1);
    ToLongFunction<String> values = word -> value(word, samples, arguments);
    long x = blocks(axes[0], values);
    long y = axes.length > 1 ? blocks(axes[1], values) : 1;
    return new int[] {Math.toIntExact(loops ? Math.min(x, MAX_LOOPING) : x), Math.toIntExact(y)};
  }

  private static long blocks(String axis, ToLongFunction<String> values) {
    String[] quotient = axis.split(" / ", -1);
    long items = 1;
    for (String factor : quotient[0].split(" \\* ", -1)) {
      items = Math.multiplyExact(items, values.applyAsLong(factor));
    }
    long perBlock = quotient.length > 1 ? values.applyAsLong(quotient[1]) : 1;
    return Math.max(1, (items + perBlock - 1) / perBlock);
  }

  private long value(String word, int samples, Object... arguments) {
    if (Character.isDigit(word.charAt(0))) {
      return Long.parseLong(word);
    }
    for (int i = 0; i < arguments.length; i++) {
      if (parameters.get(i).name().equals(word) && arguments[i] instanceof Number number) {
        return number.longValue();
      }
    }
    if (word.equals(SAMPLES) && samples > 0) {
      return samples;
    }
    throw new IllegalArgumentException(
        "kernel %s of %s: its grid '%s' names %s, which is no number of its launch"
            .formatted(name, file, grid, word));
  }
}
