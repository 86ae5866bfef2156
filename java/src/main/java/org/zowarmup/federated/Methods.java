package org.zowarmup.federated;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.zowarmup.error.ConfigException;

/** The methods on the class path. */
public final class Methods {
  private Methods() {}

  /**
   * The method of a name; a ConfigException names {@code methods} and the choices when there is
   * none.
   */
  public static Method find(String name) {
    TreeMap<String, Method> byName = new TreeMap<>();
    ServiceLoader.load(Method.class).forEach(m -> byName.put(m.name(), m));
    Method found = byName.get(name);
    if (found == null) {
      throw new ConfigException(
          "methods", "expected some of " + String.join(", ", byName.keySet()) + "; found " + name);
    }
    return found;
  }

  /** The names of all methods on the class path, sorted. */
  public static List<String> names() {
    List<String> names = new ArrayList<>();
    ServiceLoader.load(Method.class).forEach(method -> names.add(method.name()));
    return names.stream().sorted().toList();
  }
}
