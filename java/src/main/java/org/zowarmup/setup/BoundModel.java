package org.zowarmup.setup;

import org.zowarmup.config.Binder;
import org.zowarmup.config.KindSection;
import org.zowarmup.error.ConfigException;
import org.zowarmup.nn.Graph;
import org.zowarmup.nn.Shape;
import org.zowarmup.nn.ShapeException;
import org.zowarmup.nn.models.ModelProvider;
import org.zowarmup.nn.models.Models;

/** The model of a config: its plug-in, and its own keys bound to the plug-in's record. */
public record BoundModel<C extends Record>(ModelProvider<C> provider, C config) {
  public static BoundModel<?> of(KindSection section) {
    return bind(section, Models.find(section.kind()));
  }

  private static <C extends Record> BoundModel<C> bind(
      KindSection section, ModelProvider<C> provider) {
    return new BoundModel<>(
        provider, Binder.bind(section, provider.configType(), provider.defaults()));
  }

  /**
   * @param input shape of the images
   * @throws ConfigException where the images do not fit; it names the layer
   */
  public Graph build(Shape input, int classes) {
    try {
      return provider.build(config, input, classes);
    } catch (ShapeException e) {
      ConfigException failure =
          new ConfigException(
              "model",
              "expected a network that fits images of %s (height x width x channels), found kind %s with %s; choose another kind or other keys of it"
                  .formatted(input, provider.kind(), e.getMessage()));
      failure.initCause(e);
      throw failure;
    }
  }
}
