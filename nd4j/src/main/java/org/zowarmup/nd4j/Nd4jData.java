package org.zowarmup.nd4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.Normalization;

/** Images between the simulator, bytes in [N, H, W, C], and ND4J's arrays. */
public final class Nd4jData {
  private static final int MAX_BYTE = 255;

  private Nd4jData() {}

  /**
   * Images of an array; they are copied.
   *
   * @param images [N, H, W, C], whole numbers from 0 to 255 of any type
   * @param labels one class an image, from 0; of any shape with N elements
   * @throws IllegalArgumentException where shapes or values are others
   */
  public static ImageSet images(INDArray images, INDArray labels, List<String> classNames) {
    if (images.rank() != 4 || labels.length() != images.size(0)) {
      throw new IllegalArgumentException(
          "images: expected [N, H, W, C] and N labels, found shape %s and %d labels"
              .formatted(Arrays.toString(images.shape()), labels.length()));
    }
    int[] classes = new int[Math.toIntExact(labels.length())];
    INDArray row = labels.dup('c').reshape(labels.length());
    for (int n = 0; n < classes.length; n++) {
      double label = row.getDouble(n);
      if (!(label >= 0 && label < classNames.size()) || label != Math.rint(label)) {
        throw new IllegalArgumentException(
            "label %d: expected a whole number from 0 to %d, found %s"
                .formatted(n, classNames.size() - 1, label));
      }
      classes[n] = (int) label;
    }
    BytePointer pixels = new BytePointer(images.length());
    try {
      long perImage = images.length() / Math.max(1, images.size(0));
      for (int n = 0; n < classes.length; n++) {
        float[] values = images.slice(n).castTo(DataType.FLOAT).dup('c').data().asFloat();
        pixels.position(n * perImage).put(bytes(values, (int) perImage), 0, (int) perImage);
      }
      return new ImageSet(
          pixels.position(0),
          (int) images.size(1),
          (int) images.size(2),
          (int) images.size(3),
          classes,
          classNames);
    } catch (RuntimeException e) {
      pixels.close();
      throw e;
    }
  }

  private static byte[] bytes(float[] values, int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      if (!(values[i] >= 0 && values[i] <= MAX_BYTE) || values[i] != Math.rint(values[i])) {
        throw new IllegalArgumentException(
            "images: expected whole numbers from 0 to 255, found "
                + values[i]
                + "; scale them by 255 before");
      }
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /**
   * Images of all batches of an iterator, which is reset first.
   *
   * @param source gives [n, C, H, W] as DL4J's iterators do, whole numbers from 0 to 255, and
   *     labels [n, classes] with a 1 in the class's column
   */
  public static ImageSet images(DataSetIterator source, List<String> classNames) {
    List<INDArray> images = new ArrayList<>();
    List<INDArray> labels = new ArrayList<>();
    source.reset();
    while (source.hasNext()) {
      org.nd4j.linalg.dataset.DataSet batch = source.next();
      images.add(batch.getFeatures().permute(0, 2, 3, 1).dup('c'));
      labels.add(Nd4j.argMax(batch.getLabels(), 1).castTo(DataType.FLOAT));
    }
    if (images.isEmpty()) {
      throw new IllegalArgumentException("images: expected batches, found an empty iterator");
    }
    return images(
        Nd4j.concat(0, images.toArray(INDArray[]::new)),
        Nd4j.concat(0, labels.toArray(INDArray[]::new)),
        classNames);
  }

  /**
   * A set's images for DL4J: features [n, C, H, W], labels [n, classes] with a 1 in the class's
   * column, in the order of the set.
   *
   * @param normalizationOrNull what the pixels become; null leaves them from 0 to 255
   */
  public static DataSetIterator iterator(
      ImageSet set, Normalization normalizationOrNull, int batch) {
    return new ImageIterator(set, normalizationOrNull, batch);
  }

  /** Images from..to of a set, [n, C, H, W]. */
  static INDArray features(ImageSet set, float[] tableOrNull, int from, int to) {
    int channels = set.channels();
    int size = set.height() * set.width() * channels;
    byte[] bytes = new byte[(to - from) * size];
    new BytePointer(set.pixels()).position((long) from * size).get(bytes);
    float[] values = new float[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      int v = bytes[i] & 0xFF;
      values[i] = tableOrNull == null ? v : tableOrNull[i % channels * 256 + v];
    }
    long[] shape = {to - from, set.height(), set.width(), channels};
    return Nd4j.create(values, shape, 'c').permute(0, 3, 1, 2).dup('c');
  }

  /** Labels from..to of a set, [n, classes]. */
  static INDArray labels(ImageSet set, int from, int to) {
    INDArray labels = Nd4j.create(DataType.FLOAT, to - from, set.classes());
    for (int n = from; n < to; n++) {
      labels.putScalar(n - from, set.labels()[n], 1);
    }
    return labels;
  }
}
