package org.zowarmup.nd4j;

import java.util.List;
import java.util.NoSuchElementException;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.Normalization;

/** Batches of a set of images, as DL4J reads them; the last one may be smaller. */
final class ImageIterator implements DataSetIterator {
  private static final long serialVersionUID = 1L;

  private final transient ImageSet set;
  private final transient float[] tableOrNull;
  private final int batch;
  private transient DataSetPreProcessor preProcessor;
  private int next;

  ImageIterator(ImageSet set, Normalization normalizationOrNull, int batch) {
    this.set = set;
    this.tableOrNull = normalizationOrNull == null ? null : normalizationOrNull.table();
    this.batch = batch;
  }

  @Override
  public DataSet next(int count) {
    if (!hasNext()) {
      throw new NoSuchElementException("no image after the last of " + set.count());
    }
    int end = Math.min(set.count(), next + count);
    DataSet some =
        new DataSet(
            Nd4jData.features(set, tableOrNull, next, end), Nd4jData.labels(set, next, end));
    next = end;
    if (preProcessor != null) {
      preProcessor.preProcess(some);
    }
    return some;
  }

  @Override
  public DataSet next() {
    return next(batch);
  }

  @Override
  public boolean hasNext() {
    return next < set.count();
  }

  @Override
  public void reset() {
    next = 0;
  }

  @Override
  public int inputColumns() {
    return set.height() * set.width() * set.channels();
  }

  @Override
  public int totalOutcomes() {
    return set.classes();
  }

  @Override
  public boolean resetSupported() {
    return true;
  }

  @Override
  public boolean asyncSupported() {
    return false; // the images are closed by their owner, not by a reader ahead
  }

  @Override
  public int batch() {
    return batch;
  }

  @Override
  public void setPreProcessor(DataSetPreProcessor processor) {
    preProcessor = processor;
  }

  @Override
  public DataSetPreProcessor getPreProcessor() {
    return preProcessor;
  }

  @Override
  public List<String> getLabels() {
    return set.classNames();
  }
}
