package org.zowarmup.nn.models;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.zowarmup.error.ConfigException;

/** The models on the class path. */
public final class Models {
  private Models() {}

  /**
   * The provider of a kind; a ConfigException names {@code model.kind} and the choices when there
   * is none.
   */
  public static ModelProvider<?> find(String kind) {
    TreeMap<String, ModelProvider<?>> byKind = new TreeMap<>();
    all().forEach(provider -> byKind.put(provider.kind(), provider));
    ModelProvider<?> found = byKind.get(kind);
    if (found == null) {
      List<String> kinds = new ArrayList<>(byKind.keySet());
      throw new ConfigException(
          "model.kind", "expected one of " + String.join(", ", kinds) + "; found " + kind);
    }
    return found;
  }

  /** Every kind of model on the class path. */
  public static List<ModelProvider<?>> all() {
    List<ModelProvider<?>> all = new ArrayList<>();
    ServiceLoader.load(ModelProvider.class).forEach(all::add);
    return all;
  }
}
