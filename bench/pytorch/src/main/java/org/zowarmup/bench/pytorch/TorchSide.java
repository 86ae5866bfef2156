package org.zowarmup.bench.pytorch;

import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;
import org.zowarmup.bench.BenchModel;
import org.zowarmup.bench.Rig;
import org.zowarmup.bench.peers.Batches;
import org.zowarmup.bench.peers.Side;

/** PyTorch's ways; the batch lies ready. */
final class TorchSide {
  private TorchSide() {}

  /** With the pixels, labels and initial weights that our side has. */
  static TorchRun run(BenchModel model, int batch, boolean requiresGrad, boolean channelsLast) {
    try (Rig rig = new Rig("cpu", model, 1)) {
      float[] weights = rig.weights(Rig.SEED).read();
      TorchRun run =
          new TorchRun(
              TorchNetwork.of(model),
              channelsLast
                  ? new TorchParameters(rig.graph().layout(), weights, requiresGrad)
                  : TorchParameters.channelsFirst(rig.graph().layout(), weights, requiresGrad));
      int[] samples = Batches.first(batch);
      run.batch(rig.graph().input(), rig.normalized(samples), rig.labels(samples));
      return run;
    }
  }

  /** Sets the threads of PyTorch and of the BLAS that it calls, which has a pool of its own. */
  private static Side side(int threads, Runnable step) {
    return new Side() {
      @Override
      public void prepare() {
        torch.set_num_threads(threads);
        openblas.blas_set_num_threads(threads);
      }

      @Override
      public void run() {
        step.run();
      }
    };
  }

  static Side zoStep(
      BenchModel model, int batch, int threads, TorchZoStep.Style style, boolean channelsLast) {
    TorchRun run = run(model, batch, false, channelsLast);
    TorchZoStep step = new TorchZoStep(run, style, Batches.EPSILON, Batches.LR, 0);
    return side(threads, step::step);
  }

  static Side forward(BenchModel model, int batch, int threads, boolean channelsLast) {
    return side(threads, run(model, batch, false, channelsLast)::loss);
  }

  static Side trainStep(BenchModel model, int batch, int threads, boolean channelsLast) {
    TorchRun run = run(model, batch, true, channelsLast);
    return side(threads, () -> run.sgdStep(Batches.LR, Batches.WEIGHT_DECAY));
  }
}
