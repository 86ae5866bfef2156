package org.zowarmup.config;

import org.zowarmup.error.Require;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/** The source of the images and their way to the clients. */
public record DataConfig(
    @Default("auto")
        @Key(
            "auto (by the content of data.path) | fashion-mnist-mini (embedded) | cifar10 |"
                + " cifar100 | imagenet32 | idx | image-folder | numpy | converted")
        String source,
    @Default("null") @Key("folder or file of the data set; null where the source needs none")
        String path,
    @Default("null")
        @Key(
            "folder that keeps a converted copy of the data set, which the next run maps at once;"
                + " null: none")
        String cache,
    @Default("dirichlet")
        @Key("how the training images go to the clients")
        @KindSection.Kinds(
            "dirichlet (alpha, sizes: equal | free, minSize) | shards (perClient) | iid | power-law"
                + " (exponent, minSize) | file (path)")
        KindSection partition,
    @Default("0.1")
        @Key("part of every client's images that is held out for tuning")
        @Range(min = 0, max = 0.5)
        double validation) {
  public DataConfig {
    Require.that(
        !source.isBlank(), "source", "expected the name of a format, such as auto; found ''");
    Require.that(path == null || !path.isBlank(), "path", "expected a folder or null; found ''");
    Require.that(cache == null || !cache.isBlank(), "cache", "expected a folder or null; found ''");
  }
}
