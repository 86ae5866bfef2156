package org.zowarmup.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.zowarmup.error.Closest;
import org.zowarmup.error.ConfigException;
import org.zowarmup.error.UserErrorException;

/** Plug-ins on the class path by the name that a config uses; {@link ServiceLoader} finds them. */
public final class Plugins {
  private Plugins() {}

  /**
   * All of a service, in the order of the class path.
   *
   * @throws UserErrorException if a jar names a class that is missing, is no such service or cannot
   *     be made
   */
  public static <T> List<T> load(Class<T> service) {
    List<T> all = new ArrayList<>();
    try {
      ServiceLoader.load(service).forEach(all::add);
      return all;
    } catch (ServiceConfigurationError | LinkageError e) {
      String problem = String.valueOf(e.getMessage());
      throw new UserErrorException(
          "%s: expected names of classes that implement it and have a public constructor without arguments, found %s%s"
              .formatted(
                  file(service, problem), problem, e.getCause() == null ? "" : ": " + e.getCause()),
          e);
    }
  }

  /** The file that names the class which a problem is about, after its jar. */
  private static String file(Class<?> service, String problem) {
    String name = "META-INF/services/" + service.getName();
    String provider = problem.replaceFirst("^[^:]*: (?:Provider )?(\\S+).*", "$1");
    try {
      for (URL url : Collections.list(loader().getResources(name))) {
        try (InputStream in = url.openStream()) {
          String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
          String jar = url.getPath().replaceFirst("!/.*", "");
          if (jar.endsWith(".jar") && text.contains(provider)) {
            return jar.substring(jar.lastIndexOf('/') + 1) + ", " + name;
          }
        }
      }
      return name;
    } catch (IOException e) {
      return name; // the problem itself counts
    }
  }

  /** The one that {@link ServiceLoader} asks. */
  private static ClassLoader loader() {
    ClassLoader own = Thread.currentThread().getContextClassLoader();
    return own == null ? ClassLoader.getSystemClassLoader() : own;
  }

  /**
   * All of a service, by name.
   *
   * @throws UserErrorException if two claim one name: which of them ran would then depend on the
   *     order of the class path
   */
  public static <T> SortedMap<String, T> all(Class<T> service, Function<T, String> nameOf) {
    SortedMap<String, T> byName = new TreeMap<>();
    for (T plugin : load(service)) {
      T other = byName.put(nameOf.apply(plugin), plugin);
      if (other != null) {
        throw new UserErrorException(
            "two services are named %s: %s and %s; take one off the class path"
                .formatted(
                    nameOf.apply(plugin), other.getClass().getName(), plugin.getClass().getName()));
      }
    }
    return byName;
  }

  /**
   * @param key the config's key whose value {@code name} is, for the message
   * @throws ConfigException if none has this name
   */
  public static <T> T find(Class<T> service, Function<T, String> nameOf, String key, String name) {
    SortedMap<String, T> byName = all(service, nameOf);
    T found = byName.get(name);
    if (found == null) {
      throw new ConfigException(
          key,
          "expected one of %s; found %s%s"
              .formatted(
                  String.join(", ", byName.keySet()), name, Closest.hint(name, byName.keySet())));
    }
    return found;
  }
}
