package org.zowarmup.config;

import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/** When and how the model is evaluated. */
public record EvaluateConfig(
    @Default("5")
        @Key(
            "rounds between two evaluations on the test set; {}; pivot and last round are always"
                + " evaluated")
        @Range(min = 1, max = 1_000_000)
        int everyRounds,
    @Default("256") @Key("images of an evaluation step") @Range(min = 1, max = 65_536) int batch,
    @Default("null")
        @Key(
            "at most so many test images, and so many validation images, drawn once a seed; {};"
                + " null: all")
        @Range(min = 1, max = Integer.MAX_VALUE)
        Integer maxImages,
    @Default("true")
        @Key(
            "measure the zeroth-order estimator at the pivot (cosine to the true gradient,"
                + " variance, noise floor) for the report")
        boolean diagnostics) {}
