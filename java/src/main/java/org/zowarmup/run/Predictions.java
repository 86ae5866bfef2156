package org.zowarmup.run;

import java.util.LinkedHashMap;
import java.util.Map;
import org.zowarmup.device.Vector;
import org.zowarmup.record.Json;
import org.zowarmup.record.RunFolder;
import org.zowarmup.setup.Session;

/** Writes what the final weights take the test images for: a confusion matrix. */
final class Predictions {
  private Predictions() {}

  /**
   * @param samples test images to count
   */
  static void write(
      RunFolder folder, String method, long seed, Session session, int[] samples, Vector weights) {
    int[] predicted = session.executor().predict(weights, session.test(), samples);
    int classes = session.classNames().size();
    long[][] matrix = new long[classes][classes];
    for (int i = 0; i < samples.length; i++) {
      matrix[session.testLabels()[samples[i]]][predicted[i]]++;
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("classes", session.classNames());
    tree.put("matrix", matrix); // row: true class, column: predicted
    Json.write(folder.confusion(method, seed), tree);
  }
}
