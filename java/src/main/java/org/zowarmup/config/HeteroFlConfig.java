package org.zowarmup.config;

import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/**
 * The sub-network that low-resource clients train under method heterofl (Diao, Ding and Tarokh
 * 2021, arXiv 2010.01264).
 */
public record HeteroFlConfig(
    @Default("0.5")
        @Key(
            "part of the channels of every hidden layer that it has; {}; it must make them whole"
                + " numbers")
        @Range(above = 0, max = 1)
        double width,
    @Default("true")
        @Key(
            "divide what its hidden layers put out by the width while it is trained; needs a group"
                + " norm after each of them")
        boolean scaler) {}
