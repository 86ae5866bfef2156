package org.zowarmup.examples;

import org.zowarmup.record.Metric;

/** A metric: the accuracy on the class that is recognized worst. */
public final class WorstClass implements Metric {
  @Override
  public String name() {
    return "worst-class";
  }

  @Override
  public double of(float[] logits, int[] labels, int classes) {
    int[] all = new int[classes];
    int[] right = new int[classes];
    for (int i = 0; i < labels.length; i++) {
      int best = 0;
      for (int c = 1; c < classes; c++) {
        best = logits[i * classes + c] > logits[i * classes + best] ? c : best;
      }
      all[labels[i]]++;
      right[labels[i]] += best == labels[i] ? 1 : 0;
    }
    double worst = 1;
    for (int c = 0; c < classes; c++) {
      worst = all[c] == 0 ? worst : Math.min(worst, (double) right[c] / all[c]);
    }
    return worst;
  }
}
