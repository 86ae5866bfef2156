package org.zowarmup.bench.pytorch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.zowarmup.bench.BenchModel;
import org.zowarmup.bench.peers.OurSide;
import org.zowarmup.bench.peers.Side;
import org.zowarmup.bench.peers.Way;

/** Operations that are compared. */
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

  /** ZOWarmUp's way first, then PyTorch's. */
  List<Way> ways(BenchModel model, int batch) {
    List<Way> ways = new ArrayList<>();
    ways.add(new Way("ours", Map.of("", threads -> ours(model, batch, threads))));
    if (this == ZO_STEP) {
      for (TorchZoStep.Style style : TorchZoStep.Style.values()) {
        ways.add(torch(style.text(), model, batch, style));
      }
    } else {
      ways.add(torch("PyTorch", model, batch, null));
    }
    return ways;
  }

  private Side ours(BenchModel model, int batch, int threads) {
    return switch (this) {
      case ZO_STEP -> OurSide.zoStep("cpu", model.graph(), batch, threads);
      case FORWARD -> OurSide.forward("cpu", model.graph(), batch, threads);
      case TRAIN_STEP -> OurSide.trainStep("cpu", model.graph(), batch, threads);
    };
  }

  private Way torch(String name, BenchModel model, int batch, TorchZoStep.Style style) {
    Map<String, IntFunction<Side>> variants = new LinkedHashMap<>();
    variants.put("channels-last", threads -> torch(model, batch, threads, style, true));
    if (model != BenchModel.VIT_TINY) {
      variants.put("NCHW", threads -> torch(model, batch, threads, style, false));
    }
    return new Way(name, variants);
  }

  private Side torch(
      BenchModel model, int batch, int threads, TorchZoStep.Style style, boolean channelsLast) {
    return switch (this) {
      case ZO_STEP -> TorchSide.zoStep(model, batch, threads, style, channelsLast);
      case FORWARD -> TorchSide.forward(model, batch, threads, channelsLast);
      case TRAIN_STEP -> TorchSide.trainStep(model, batch, threads, channelsLast);
    };
  }
}
