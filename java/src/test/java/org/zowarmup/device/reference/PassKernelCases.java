package org.zowarmup.device.reference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.zowarmup.device.Augmentation;
import org.zowarmup.device.kernels.KernelCase;
import org.zowarmup.device.kernels.Samples;
import org.zowarmup.device.kernels.Verdicts;
import org.zowarmup.nn.op.CrossEntropy;

/** The two ends of a pass: the batch of images, and the losses with their sums. */
public final class PassKernelCases {
  private static final int IMAGES = 9;

  private final boolean bf16;
  private final List<KernelCase> cases = new ArrayList<>();

  private PassKernelCases(boolean bf16) {
    this.bf16 = bf16;
  }

  public static List<KernelCase> all(boolean bf16) {
    PassKernelCases made = new PassKernelCases(bf16);
    made.gather(7, 5, 1, 1, false, 0);
    made.gather(9, 11, 3, 3, true, 0);
    made.gather(8, 8, 3, 8, true, 2);
    made.gather(5, 6, 5, 8, false, 1);
    if (!bf16) { // fp32 in every build
      for (int classes : new int[] {2, 10, 33, 100}) {
        made.loss(5, classes, 0);
        made.loss(13, classes, 2);
      }
      made.sums(1);
      made.sums(31);
      made.sums(70);
    }
    return made.cases;
  }

  private static byte[] rows(int[] images, long[] keys, int pass) {
    ByteBuffer out =
        ByteBuffer.allocate(16 * images.length * (pass + 1)).order(ByteOrder.LITTLE_ENDIAN);
    out.position(16 * images.length * pass);
    for (int i = 0; i < images.length; i++) {
      out.putInt(images[i]).putInt(100 + i).putLong(keys[i]);
    }
    return KernelCase.content(out);
  }

  private static byte[] jobs(int pass, int count) {
    ByteBuffer out = ByteBuffer.allocate(40 * (pass + 1)).order(ByteOrder.LITTLE_ENDIAN);
    out.position(40 * pass);
    out.putLong(1).putInt(count);
    return KernelCase.content(out);
  }

  /**
   * @param stored channels as stored, the rest zero
   * @param pass of a table of passes
   */
  private void gather(int height, int width, int channels, int stored, boolean augments, int pass) {
    Random random = new Random(60);
    byte[] pixels = new byte[IMAGES * height * width * channels];
    random.nextBytes(pixels);
    int[] labels = random.ints(IMAGES, 0, 10).toArray();
    float[] table = Samples.normal(61, channels * 256, bf16);
    int[] images = {3, 8, 0, 3, -1};
    long[] keys = {11, 11, -5, 11, 0};
    double[] expected = new double[images.length * height * width * stored];
    int[] batchLabels = new int[images.length];
    for (int n = 0; n < images.length; n++) {
      batchLabels[n] = images[n] < 0 ? -1 : labels[images[n]];
      Augmentation.Window window =
          augments ? Augmentation.of(keys[n]).window(100 + n) : Augmentation.WHOLE;
      for (int y = 0; y < height && images[n] >= 0; y++) {
        for (int x = 0; x < width; x++) {
          int sy = window.sourceRow(y);
          int sx = window.sourceColumn(x, width);
          for (int c = 0; c < channels; c++) {
            int v = 0;
            if (sy >= 0 && sy < height && sx >= 0 && sx < width) {
              v = pixels[((images[n] * height + sy) * width + sx) * channels + c] & 255;
            }
            expected[((n * height + y) * width + x) * stored + c] = table[c * 256 + v];
          }
        }
      }
    }
    cases.add(
        KernelCase.of(
                "gatherImages",
                height
                    + " x "
                    + width
                    + " x "
                    + channels
                    + " as "
                    + stored
                    + (augments ? ", augmented" : ""),
                bf16)
            .grid(2)
            .bytes(pixels)
            .ints(labels)
            .bytes(rows(images, keys, pass))
            .ints(new int[] {pass})
            .floats(table)
            .act(Samples.unset(expected.length), Verdicts.act(expected, bf16, 0))
            .ints(new int[images.length], Verdicts.ints(batchLabels))
            .i32(images.length, height, width, channels, stored, augments ? 1 : 0));
  }

  /** Random rows, then one with two largest, one with a NaN, one masked. */
  private void loss(int batch, int classes, int pass) {
    float[] logits = Samples.normal(62, batch * classes);
    int[] labels = new Random(63).ints(batch, 0, classes).toArray();
    Arrays.fill(logits, 0, classes, 50f);
    labels[0] = 0;
    logits[classes + classes / 2] = Float.NaN;
    logits[2 * classes + 1] = 1e4f;
    labels[batch - 1] = -1;
    int rows = batch * (pass + 1);
    double[] losses = new double[rows];
    int[] hits = new int[rows];
    double[] content = Samples.doubles(logits);
    double[] dlogits = new double[logits.length];
    CrossEntropy loss = new CrossEntropy();
    for (int n = 0; n < batch; n++) {
      Tensor row = new Tensor(content, n * classes, classes);
      Tensor gradient = new Tensor(dlogits, n * classes, classes);
      ReferenceLoss.backward(loss, row, gradient, labels[n], batch - 1);
      if (labels[n] >= 0) {
        losses[batch * pass + n] = ReferenceLoss.loss(loss, row, labels[n]);
        hits[batch * pass + n] = ReferenceLoss.isHit(row, labels[n]) ? 1 : 0;
      }
    }
    String what = batch + " x " + classes;
    KernelCase c =
        KernelCase.of("crossEntropyForward", what, bf16)
            .grid(2)
            .floats(logits)
            .ints(labels)
            .doubles(new double[rows], Verdicts.doubles(losses, 1e-13))
            .ints(new int[rows], Verdicts.ints(hits))
            .i32(batch, classes);
    cases.add(pass == 0 ? c.none() : c.ints(new int[] {pass}));
    cases.add(
        KernelCase.of("crossEntropyBackward", what, bf16)
            .grid(2)
            .floats(logits)
            .ints(labels)
            .floats(Samples.unset(logits.length), Verdicts.floats(dlogits, 1e-7))
            .i32(batch, classes)
            .bytes(jobs(pass, batch - 1))
            .ints(new int[] {pass}));
  }

  private void sums(int count) {
    int batch = count + 3;
    Random random = new Random(64);
    double[] losses = random.doubles(batch * 3L).toArray();
    int[] correct = random.ints(batch * 3L, 0, 2).toArray();
    int[] starts = {0, 0, count, count + 1, 3 * batch};
    double[] sums = new double[4];
    long[] segmentHits = new long[4];
    for (int s = 0; s < 4; s++) {
      for (int i = starts[s]; i < starts[s + 1]; i++) {
        sums[s] += losses[i];
        segmentHits[s] += correct[i];
      }
    }
    cases.add(
        KernelCase.of("segmentLosses", count + " rows", bf16)
            .grid(3)
            .block(32)
            .doubles(losses)
            .ints(correct)
            .ints(starts)
            .doubles(new double[4], Verdicts.doubles(sums, 0))
            .longs(new long[4], Verdicts.longs(segmentHits))
            .i32(4));
  }
}
