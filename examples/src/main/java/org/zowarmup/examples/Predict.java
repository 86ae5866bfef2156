package org.zowarmup.examples;

import java.nio.file.Path;
import org.zowarmup.api.Predictor;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSources;

/** Predicts with the weights of a run folder: Predict RUN METHOD SEED. */
public final class Predict {
  private Predict() {}

  /** Prints the classes of the first test images of the embedded set. */
  public static void main(String[] arguments) {
    long seed = Long.parseLong(arguments[2]);
    try (DataSet data = DataSources.find("fashion-mnist-mini").load(null);
        Predictor predictor = Predictor.of(Path.of(arguments[0]), arguments[1], seed)) {
      byte[] images = new byte[10 * data.height() * data.width() * data.channels()];
      data.test().pixels().get(images);
      int[] classes = predictor.classes(images);
      for (int i = 0; i < classes.length; i++) {
        System.out.printf(
            "image %d: %s, is %s%n",
            i,
            predictor.classNames().get(classes[i]),
            data.test().classNames().get(data.test().labels()[i]));
      }
    }
  }
}
