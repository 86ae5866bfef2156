package org.zowarmup.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.Statistics;

/**
 * One benchmark at one choice of parameters. Times are seconds an operation; each is the mean of an
 * iteration, and over the iterations are given median, least and greatest.
 *
 * @param method name of the benchmark method
 * @param batch images, 0 where the benchmark has no batch
 * @param iterations how many times there are
 */
record Measured(
    String method,
    BenchModel model,
    int batch,
    double median,
    double least,
    double greatest,
    long iterations) {

  static Measured of(RunResult result) {
    BenchmarkParams params = result.getParams();
    String name = params.getBenchmark();
    String batch = params.getParam("batch");
    Statistics times = result.getPrimaryResult().getStatistics();
    double unit = 1.0 / params.getTimeUnit().convert(1, TimeUnit.SECONDS);
    return new Measured(
        name.substring(name.lastIndexOf('.') + 1),
        BenchModel.of(params.getParam("model")),
        batch == null ? 0 : Integer.parseInt(batch),
        times.getPercentile(50) * unit,
        times.getMin() * unit,
        times.getMax() * unit,
        times.getN());
  }

  Rate rate() {
    return Rate.of(method, model, batch, median);
  }
}
