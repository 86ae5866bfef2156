package org.zowarmup.config;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Binds the keys of a {@link KindSection} to the config record of the plug-in that it names. */
public final class Binder {
  private Binder() {}

  /**
   * @param section the section as it was given
   * @param type the plug-in's record; its constructor checks ranges with {@link
   *     org.zowarmup.error.Require}
   * @param defaults a value for every key; null stands only where null is allowed
   * @return the defaults with the section's values laid over them
   * @throws org.zowarmup.error.ConfigException with the full path of a key that is unknown or whose
   *     value has the wrong type or range
   */
  public static <T extends Record> T bind(KindSection section, Class<T> type, T defaults) {
    ObjectNode base = ConfigTree.treeOf(defaults);
    ObjectNode own = section.values();
    if (section.hasInit()) {
      section.initOrNull(); // checks it
      own.remove(KindSection.INIT);
    }
    ObjectNode tree = Layers.merge(base, own);
    String keysOf = "Keys of " + section.path() + " with kind " + section.kind();
    return new TreeBinder(tree, base, section.path(), keysOf).bind(type);
  }
}
