package org.zowarmup.bench.pytorch;

import org.bytedeco.pytorch.global.torch;
import org.zowarmup.bench.BenchModel;
import org.zowarmup.bench.Rig;

/** PyTorch's ways; the batch lies ready. */
final class TorchSide {
  private TorchSide() {}

  /** With the pixels, labels and initial weights that our side has. */
  static TorchRun run(BenchModel model, int batch, boolean requiresGrad) {
    try (Rig rig = new Rig("cpu", model, 1)) {
      TorchRun run =
          new TorchRun(
              TorchNetwork.of(model),
              rig.graph().layout(),
              rig.weights(Rig.SEED).read(),
              requiresGrad);
      int[] samples = Batches.first(batch);
      run.batch(rig.graph().input(), rig.normalized(samples), rig.labels(samples));
      return run;
    }
  }

  static Side zoStep(BenchModel model, int batch, int threads, TorchZoStep.Style style) {
    torch.set_num_threads(threads);
    TorchZoStep step =
        new TorchZoStep(run(model, batch, false), style, Batches.EPSILON, Batches.LR, 0);
    return step::step;
  }

  static Side forward(BenchModel model, int batch, int threads) {
    torch.set_num_threads(threads);
    return run(model, batch, false)::loss;
  }

  static Side trainStep(BenchModel model, int batch, int threads) {
    torch.set_num_threads(threads);
    TorchRun run = run(model, batch, true);
    return () -> run.sgdStep(Batches.LR, Batches.WEIGHT_DECAY);
  }
}
