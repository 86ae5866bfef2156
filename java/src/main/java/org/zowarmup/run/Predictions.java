package org.zowarmup.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.zowarmup.device.Vector;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.Json;
import org.zowarmup.record.RunFolder;
import org.zowarmup.setup.Session;

/**
 * Writes what the final weights take the test images for: a confusion matrix, in full for up to
 * {@value #MAX_CLASSES} classes, above that only its cells that are not 0, of which there are at
 * most as many as images.
 */
final class Predictions {
  static final int MAX_CLASSES = 1000;

  private static final String MATRIX = "matrix";
  private static final String CELLS = "cells";

  private Predictions() {}

  /** Whether the matrix is there, of so many images, and says the accuracy that the metrics say. */
  static boolean fit(RunFolder folder, String method, long seed, int images, double accuracy) {
    try {
      JsonNode tree = Json.tree(folder.confusion(method, seed));
      JsonNode matrix = tree.path(MATRIX);
      long all = 0;
      long right = 0;
      for (int row = 0; row < matrix.size(); row++) {
        for (int column = 0; column < matrix.get(row).size(); column++) {
          long count = matrix.get(row).get(column).asLong();
          all += count;
          right += row == column ? count : 0;
        }
      }
      for (JsonNode cell : tree.path(CELLS)) {
        long count = cell.path(2).asLong();
        all += count;
        right += cell.path(0).equals(cell.path(1)) ? count : 0;
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
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("classes", session.classNames());
    if (classes <= MAX_CLASSES) {
      long[][] matrix = new long[classes][classes];
      for (int i = 0; i < samples.length; i++) {
        matrix[session.testLabels()[samples[i]]][predicted[i]]++;
      }
      tree.put(MATRIX, matrix); // row: true class, column: predicted
    } else {
      SortedMap<Long, Integer> counts = new TreeMap<>();
      for (int i = 0; i < samples.length; i++) {
        long place = (long) session.testLabels()[samples[i]] * classes + predicted[i];
        counts.merge(place, 1, Integer::sum);
      }
      List<long[]> cells = new ArrayList<>();
      counts.forEach((at, n) -> cells.add(new long[] {at / classes, at % classes, n}));
      tree.put(CELLS, cells); // true class, predicted, images
    }
    Json.write(folder.confusion(method, seed), tree);
  }
}
