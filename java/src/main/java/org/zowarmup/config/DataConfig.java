package org.zowarmup.config;

import org.zowarmup.error.Require;

/**
 * Where the images come from and how they go to the clients.
 *
 * @param source name of the format, or {@code auto} to tell it from the content of {@code path}
 * @param path its folder or file, null where the source needs none
 * @param cache folder for converted copies, which a later run maps instead of loading; null for
 *     none
 * @param partition how the training images are dealt out to the clients
 * @param validation part of every client's images held out for tuning, 0 to 0.5
 */
public record DataConfig(
    String source, String path, String cache, KindSection partition, double validation) {
  public DataConfig {
    Require.that(
        !source.isBlank(), "source", "expected the name of a format, such as auto; found ''");
    Require.that(path == null || !path.isBlank(), "path", "expected a folder or null; found ''");
    Require.that(cache == null || !cache.isBlank(), "cache", "expected a folder or null; found ''");
    Require.range("validation", validation, 0, 0.5);
  }
}
