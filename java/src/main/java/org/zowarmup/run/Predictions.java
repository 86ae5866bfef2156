package org.zowarmup.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.zowarmup.device.Vector;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.Json;
import org.zowarmup.record.RunFolder;
import org.zowarmup.setup.Session;

/** Writes what the final weights take the test images for: a confusion matrix. */
final class Predictions {
  private Predictions() {}

  /** Whether the matrix is there, of so many images, and says the accuracy that the metrics say. */
  static boolean fit(RunFolder folder, String method, long seed, int images, double accuracy) {
    try {
      JsonNode matrix = Json.tree(folder.confusion(method, seed)).path("matrix");
      long all = 0;
      long right = 0;
      for (int row = 0; row < matrix.size(); row++) {
        for (int column = 0; column < matrix.get(row).size(); column++) {
          long count = matrix.get(row).get(column).asLong();
          all += count;
          right += row == column ? count : 0;
        }
      }
      return all == images && Math.abs((double) right / all - accuracy) < 1e-9;
    } catch (UserErrorException e) {
      return false;
    }
  }

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
