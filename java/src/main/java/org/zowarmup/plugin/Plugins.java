package org.zowarmup.plugin;

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
   * All of a service, by name.
   *
   * @throws UserErrorException if two claim one name: which of them ran would then depend on the
   *     order of the class path
   */
  public static <T> SortedMap<String, T> all(Class<T> service, Function<T, String> nameOf) {
    SortedMap<String, T> byName = new TreeMap<>();
    for (T plugin : ServiceLoader.load(service)) {
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
