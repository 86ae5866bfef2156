/**
 * The library's front door: {@link org.zowarmup.api.Simulation} runs, {@link
 * org.zowarmup.api.Result} holds what came out, {@link org.zowarmup.api.Predictor} classifies with
 * it. What a user may implement is {@link org.zowarmup.nn.models.Model}, {@link
 * org.zowarmup.nn.op.Custom}, {@link org.zowarmup.nn.op.SampleLoss}, {@link
 * org.zowarmup.data.DataSource}, {@link org.zowarmup.data.partition.Partitioner}, {@link
 * org.zowarmup.federated.Method}, {@link org.zowarmup.record.Metric} and {@link
 * org.zowarmup.record.RunListener}. Signatures of these change with a note in the changelog; all
 * else may change at any time.
 */
package org.zowarmup.api;
