package org.zowarmup.bench.pytorch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * A zeroth-order step in PyTorch: two losses and the update, in several ways of making the
 * direction.
 */
public final class TorchZoStep {
  /** Ways to make the direction. */
  public enum Style {
    /**
     * As MeZO (Malladi et al. 2023) writes it: the generator is seeded anew for each of four walks
     * over the parameters, every tensor's direction is drawn by normal_, nothing is kept.
     */
    MEZO("MeZO, normal_"),
    /** The same with sign_ after normal_: the Rademacher directions that ZOWarmUp draws. */
    MEZO_SIGN("MeZO, sign_"),
    /**
     * As well as one can: signs drawn once, twelve by a table lookup, kept; three passes over one
     * flat tensor, the last of which restores and updates at once.
     */
    FLAT("tuned");

    private final String text;

    Style(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  private static final int SIGNS = 12;

  private final TorchRun run;
  private final Style style;
  private final float epsilon;
  private final float lr;
  private final Tensor table;
  private long seed;

  /**
   * @param lr of the update w -= lr g z
   */
  public TorchZoStep(TorchRun run, Style style, float epsilon, float lr, long seed) {
    this.run = run;
    this.style = style;
    this.epsilon = epsilon;
    this.lr = lr;
    this.seed = seed;
    this.table = style == Style.FLAT ? signTable() : null;
  }

  /** [4096, 12]: the signs that the bits of the row's number are. */
  private static Tensor signTable() {
    float[] values = new float[(1 << SIGNS) * SIGNS];
    for (int i = 0; i < values.length; i++) {
      int row = i / SIGNS;
      int bit = i % SIGNS;
      values[i] = ((row >> bit) & 1) != 0 ? 1 : -1;
    }
    return TorchTensors.of(values, 1 << SIGNS, SIGNS);
  }

  /** Both losses. */
  public record Losses(float plus, float minus) {}

  /** One step along a fresh direction. */
  public Losses step() {
    seed++;
    return style == Style.FLAT ? flatStep() : mezoStep();
  }

  private Losses mezoStep() {
    perturb(epsilon);
    float plus = run.loss();
    perturb(-2 * epsilon);
    float minus = run.loss();
    perturb(epsilon);
    perturb(-lr * (plus - minus) / (2 * epsilon));
    return new Losses(plus, minus);
  }

  private void perturb(float scale) {
    torch.manual_seed(seed);
    for (int t = 0; t < run.parameters().leaves().size(); t++) {
      try (PointerScope scope = new PointerScope();
          NoGradGuard guard = new NoGradGuard()) {
        // drawn contiguously: on a channels-last view normal_ is several times slower
        Tensor z = torch.empty(run.parameters().leaves().get(t).numel()).normal_();
        if (style == Style.MEZO_SIGN) {
          z.sign_();
        }
        run.parameters().stored(t).add_(z, new Scalar(scale));
      }
    }
  }

  private Losses flatStep() {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      torch.manual_seed(seed);
      long length = run.parameters().flat().numel();
      Tensor rows =
          torch.randint(
              1 << SIGNS,
              new long[] {(length + SIGNS - 1) / SIGNS},
              new TensorOptions(torch.ScalarType.Int));
      Tensor z = torch.index_select(table, 0, rows).view(-1).narrow(0, 0, length);
      return along(z);
    }
  }

  /** One step along the given direction of the flat buffer, for checks. */
  public Losses stepAlong(float[] direction) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      return along(TorchTensors.of(direction, direction.length));
    }
  }

  private Losses along(Tensor z) {
    Tensor flat = run.parameters().flat();
    flat.add_(z, new Scalar(epsilon));
    float plus = run.loss();
    flat.add_(z, new Scalar(-2 * epsilon));
    float minus = run.loss();
    flat.add_(z, new Scalar(epsilon - lr * (plus - minus) / (2 * epsilon)));
    return new Losses(plus, minus);
  }
}
