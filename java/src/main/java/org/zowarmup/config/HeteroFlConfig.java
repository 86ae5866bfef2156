package org.zowarmup.config;

import org.zowarmup.error.Require;

/**
 * The sub-network that low-resource clients train under method heterofl (Diao, Ding and Tarokh
 * 2021, arXiv 2010.01264).
 *
 * @param width part of the channels of every hidden layer that it has
 * @param scaler whether, while it is trained, the outputs of its hidden layers are divided by the
 *     width
 */
public record HeteroFlConfig(double width, boolean scaler) {
  public HeteroFlConfig {
    Require.positive("width", width, 1);
  }
}
