package org.zowarmup.setup;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.Normalization;
import org.zowarmup.device.Device;
import org.zowarmup.device.ImagePixels;
import org.zowarmup.device.ResidentImages;
import org.zowarmup.executor.Executor;
import org.zowarmup.executor.LaneExecutor;
import org.zowarmup.executor.RankExecutor;
import org.zowarmup.executor.Workload;
import org.zowarmup.executor.ranks.Ranks;
import org.zowarmup.nn.Shape;
import org.zowarmup.record.ProbeRecorder;

/**
 * A device at work: resident images and lanes. It owns the device and closes all in the reverse
 * order of opening; the data set must stay open as long.
 */
public final class Session implements AutoCloseable {
  private final Device device;
  private final ResidentImages train;
  private final ResidentImages test;
  private final Executor executor;
  private final int[] trainLabels;
  private final int[] testLabels;
  private final List<String> classNames;

  /** Of the only rank. */
  public Session(
      Device device,
      Workload workload,
      DataSet data,
      Normalization normalization,
      BooleanSupplier stopRequested,
      ProbeRecorder probes) {
    this(device, workload, data, normalization, stopRequested, probes, Ranks.one());
  }

  /**
   * @param normalization of the images of both sets
   * @param workload this rank's part of it
   * @param stopRequested of this rank
   */
  public Session(
      Device device,
      Workload workload,
      DataSet data,
      Normalization normalization,
      BooleanSupplier stopRequested,
      ProbeRecorder probes,
      Ranks ranks) {
    this.trainLabels = data.train().labels();
    this.testLabels = data.test().labels();
    this.classNames = data.test().classNames();
    this.device = device;
    float[] table = normalization.table();
    this.train = device.upload(pixels(data.train(), table));
    this.test = device.upload(pixels(data.test(), table));
    this.executor =
        ranks.size() == 1
            ? new LaneExecutor(device, workload, stopRequested, probes::observe)
            : new RankExecutor(
                new LaneExecutor(device, workload, stopRequested), ranks, probes::observe);
  }

  private static ImagePixels pixels(ImageSet set, float[] table) {
    Shape shape = new Shape(set.height(), set.width(), set.channels());
    return new ImagePixels(set.pixels(), shape, set.labels(), table);
  }

  public ResidentImages train() {
    return train;
  }

  public ResidentImages test() {
    return test;
  }

  /** True classes of the training images. */
  public int[] trainLabels() {
    return trainLabels;
  }

  /** True classes of the test images. */
  public int[] testLabels() {
    return testLabels;
  }

  /** Names of the classes, in the order of their numbers. */
  public List<String> classNames() {
    return classNames;
  }

  public Executor executor() {
    return executor;
  }

  @Override
  public void close() {
    executor.close();
    test.close();
    train.close();
    device.close();
  }
}
