package org.zowarmup.data;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.zowarmup.error.ConfigException;

/** Look-up of services by the name that the config uses. */
public final class Providers {
  private Providers() {}

  /**
   * @param configKey the key whose value {@code name} is, for the message
   * @throws ConfigException if none has this name
   * @throws IllegalStateException if two services claim one name: which of them ran would then
   *     depend on the order of the class path
   */
  public static <T> T find(
      Iterable<? extends T> services, Function<T, String> nameOf, String configKey, String name) {
    Map<String, T> byName = new TreeMap<>();
    for (T service : services) {
      T other = byName.put(nameOf.apply(service), service);
      if (other != null) {
        throw new IllegalStateException(
            "two services are named %s: %s and %s; remove one from the class path"
                .formatted(
                    nameOf.apply(service),
                    other.getClass().getName(),
                    service.getClass().getName()));
      }
    }
    T found = byName.get(name);
    if (found == null) {
      throw new ConfigException(
          configKey,
          "expected one of %s; found %s".formatted(String.join(", ", byName.keySet()), name));
    }
    return found;
  }
}
