package org.zowarmup.device;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.zowarmup.error.Closest;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.DeviceUnavailableException;
import org.zowarmup.plugin.Plugins;

/** The devices on the class path, by name. */
public final class Devices {
  /** The name that lets the program choose. */
  public static final String AUTO = "auto";

  /** The name of all GPUs of a machine. */
  public static final String ALL_GPUS = "cuda:all";

  private static final Pattern SEVERAL = Pattern.compile("cuda:\\d{1,4}(,\\d{1,4})+");

  /** Devices of modules that are on the class path only where they are asked for. */
  private static final List<String> OPTIONAL = List.of("nd4j", "nd4j-cuda");

  private Devices() {}

  /** A started device, and why it was taken. */
  public record Choice(Device device, String reason) {}

  /**
   * One entry of the list of devices.
   *
   * @param description what it is, or why it cannot start
   * @param details lines about the libraries that it needs: version and path, or how to get them
   */
  public record Line(String name, boolean available, String description, List<String> details) {
    public Line {
      details = List.copyOf(details);
    }

    public Line(String name, boolean available, String description) {
      this(name, available, description, List.of());
    }
  }

  /** Every device, those that cannot start included. */
  public static List<Line> list(int threads) {
    NativeFolder.choose();
    List<Line> lines = new ArrayList<>();
    providers().forEach(provider -> lines.addAll(provider.list(threads)));
    for (String name : OPTIONAL) {
      if (!isOwned(name)) {
        lines.add(new Line(name, false, "in a module of its own; " + wayTo(name)));
      }
    }
    return lines;
  }

  private static boolean isOwned(String name) {
    return providers().stream().anyMatch(p -> p.owns(name));
  }

  /** What to do where the libraries of a device of a module of its own are missing. */
  public static String wayTo(String name) {
    return name.equals("nd4j")
        ? "start with ./zowarmup --with nd4j, or take org.zowarmup:zowarmup-nd4j into your project"
        : "for GPUs there is cuda:0; docs/nd4j.md says what this one needs";
  }

  /** The same, after the self test of every device that has one. */
  public static List<Line> test(int threads) {
    return providers().stream().flatMap(p -> p.test(threads).stream()).toList();
  }

  /**
   * Starts a device by name; {@code auto} takes the first that starts, a name of several GPUs the
   * first of them, since others are for the ranks of a run. A device that was named is never
   * replaced by another.
   *
   * @throws ConfigException when there is none of that name
   * @throws DeviceUnavailableException when it cannot start
   */
  public static Choice open(String name, int threads) {
    if (name.equals("cuda") || name.equals(ALL_GPUS)) {
      return open("cuda:0", threads);
    }
    List<String> listed = listed(name);
    if (listed.size() > 1) {
      return open(listed.get(0), threads);
    }
    requireKnown(name);
    if (name.equals(AUTO)) {
      return openAuto(threads);
    }
    for (DeviceProvider provider : providers()) {
      if (provider.owns(name)) {
        return new Choice(provider.open(name, threads), "named in the config");
      }
    }
    throw new IllegalStateException("no provider of the known device " + name);
  }

  /**
   * The names in one that lists several GPUs, such as {@code cuda:0,1}; else the name alone.
   *
   * @throws ConfigException where one is listed twice
   */
  public static List<String> listed(String name) {
    if (!SEVERAL.matcher(name).matches()) {
      return List.of(name);
    }
    List<String> names = new ArrayList<>();
    for (String index : name.substring(name.indexOf(':') + 1).split(",", -1)) {
      String gpu = "cuda:" + Integer.parseInt(index);
      if (names.contains(gpu)) {
        throw new ConfigException(
            "device",
            "expected every GPU once, found %s twice in %s; name each GPU that is to take part once"
                .formatted(gpu, name));
      }
      names.add(gpu);
    }
    return names;
  }

  /**
   * Refuses a name that no family of devices knows, before any work is done.
   *
   * @throws ConfigException with the names there are
   */
  public static void requireKnown(String name) {
    NativeFolder.choose();
    if (name.equals(AUTO) || isOwned(name)) {
      return;
    }
    if (OPTIONAL.contains(name)) {
      throw new ConfigException(
          "device",
          "expected a device on the class path, found %s, which is in a module of its own; %s"
              .formatted(name, wayTo(name)));
    }
    List<String> names = new ArrayList<>(List.of(AUTO));
    providers().forEach(provider -> names.add(provider.defaultName()));
    throw new ConfigException(
        "device",
        "expected one of "
            + String.join(", ", names)
            + "; found "
            + name
            + Closest.hint(name, names));
  }

  private static Choice openAuto(int threads) {
    List<String> refused = new ArrayList<>();
    for (DeviceProvider provider : providers()) {
      if (provider.autoOrder() < 0) {
        continue;
      }
      try {
        Device device = provider.open(provider.defaultName(), threads);
        String others = refused.isEmpty() ? "" : "; " + String.join("; ", refused);
        return new Choice(device, "auto: the first that starts" + provider.proof() + others);
      } catch (DeviceUnavailableException e) {
        refused.add(e.brief());
      }
    }
    throw new DeviceUnavailableException(
        "device auto: none can start: " + String.join("; ", refused));
  }

  private static List<DeviceProvider> providers() {
    List<DeviceProvider> providers = Plugins.load(DeviceProvider.class);
    providers.sort(
        Comparator.comparingInt(p -> p.autoOrder() < 0 ? Integer.MAX_VALUE : p.autoOrder()));
    return providers;
  }
}
