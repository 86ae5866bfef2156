package org.zowarmup.bench.pytorch;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.zowarmup.bench.BenchModel;

/** What is compared, with the ratio that it is meant to reach against each way of PyTorch. */
enum Operation {
  /** One probe and the update. */
  ZO_STEP("zo step"),
  /** The loss of a batch. */
  FORWARD("forward"),
  /** Forward, backward, SGD. */
  TRAIN_STEP("train step");

  private final String text;

  Operation(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  /** The ways of ZOWarmUp and PyTorch, by name; the first is ours. */
  Map<String, IntFunction<Side>> sides(BenchModel model, int batch) {
    Map<String, IntFunction<Side>> sides = new LinkedHashMap<>();
    switch (this) {
      case ZO_STEP -> {
        sides.put("ours", threads -> OurSide.zoStep(model, batch, threads));
        for (TorchZoStep.Style style : TorchZoStep.Style.values()) {
          sides.put(style.text(), threads -> TorchSide.zoStep(model, batch, threads, style));
        }
      }
      case FORWARD -> {
        sides.put("ours", threads -> OurSide.forward(model, batch, threads));
        sides.put("PyTorch", threads -> TorchSide.forward(model, batch, threads));
      }
      case TRAIN_STEP -> {
        sides.put("ours", threads -> OurSide.trainStep(model, batch, threads));
        sides.put("PyTorch", threads -> TorchSide.trainStep(model, batch, threads));
      }
    }
    return sides;
  }
}
