package org.zowarmup.nativecpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Embedding and copying of tokens against their definitions, between guards. */
class EmbeddingSelectTest {
  private static float[] random(int size, long seed) {
    Random random = new Random(seed);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** batch, tokens of the output, channels, whether there is a class token, threads. */
  @ParameterizedTest
  @CsvSource({
    "1,1,1,false,1",
    "3,5,7,false,2",
    "13,2,65,true,3",
    "40,65,48,true,2",
    "9,2,1,true,1"
  })
  void embedding(int batch, int tokens, int channels, boolean classToken, int threads) {
    int before = classToken ? 1 : 0;
    float[] x = random(batch * (tokens - before) * channels, 1);
    float[] token = random(channels, 2);
    float[] position = random(tokens * channels, 3);
    float[] expected = new float[batch * tokens * channels];
    for (int i = 0; i < expected.length; i++) {
      int n = i / (tokens * channels);
      int t = i / channels % tokens;
      int c = i % channels;
      int from = (n * (tokens - before) + t - before) * channels + c;
      expected[i] = (t < before ? token[c] : x[from]) + position[t * channels + c];
    }
    try (Guarded in = new Guarded(x);
        Guarded cls = new Guarded(token);
        Guarded pos = new Guarded(position, 3);
        Guarded out = Guarded.filled(expected.length, Float.NaN)) {
      NativeCpu.embedTokens(
          in.pointer(),
          classToken ? cls.pointer() : null,
          pos.pointer(),
          out.pointer(),
          batch,
          tokens,
          channels,
          threads);
      assertArrayEquals(expected, out.read());
      gradients(out, expected, batch, tokens, channels, classToken, threads);
    }
  }

  private static void gradients(
      Guarded dy,
      float[] values,
      int batch,
      int tokens,
      int channels,
      boolean classToken,
      int threads) {
    int sample = tokens * channels;
    try (Guarded dtoken = Guarded.filled(channels, Float.NaN);
        Guarded dposition = Guarded.filled(sample, Float.NaN)) {
      NativeCpu.embedTokensBackward(
          dy.pointer(),
          classToken ? dtoken.pointer() : null,
          dposition.pointer(),
          batch,
          tokens,
          channels,
          threads);
      float[] found = dposition.read();
      for (int i = 0; i < sample; i++) {
        double sum = 0;
        for (int n = 0; n < batch; n++) {
          sum += values[n * sample + i];
        }
        assertEquals((float) sum, found[i]);
        if (classToken && i < channels) {
          assertEquals((float) sum, dtoken.read()[i]);
        }
      }
    }
  }

  /** batch, channels, tokens and first token of either side, how many, threads. */
  @ParameterizedTest
  @CsvSource({"1,1,1,0,1,0,1,1", "5,3,4,1,3,0,3,2", "7,65,1,0,9,8,1,3", "40,48,65,64,1,0,1,2"})
  void copies(
      int batch,
      int channels,
      int fromTokens,
      int fromToken,
      int toTokens,
      int toToken,
      int count,
      int threads) {
    float[] from = random(batch * fromTokens * channels, 4);
    for (boolean zeroOthers : new boolean[] {false, true}) {
      float[] expected = random(batch * toTokens * channels, 5);
      try (Guarded in = new Guarded(from);
          Guarded out = new Guarded(expected)) {
        for (int i = 0; i < expected.length; i++) {
          int n = i / (toTokens * channels);
          int t = i / channels % toTokens - toToken;
          if (t >= 0 && t < count) {
            expected[i] = from[(n * fromTokens + fromToken + t) * channels + i % channels];
          } else if (zeroOthers) {
            expected[i] = 0;
          }
        }
        NativeCpu.copyTokens(
            in.pointer(),
            fromTokens,
            fromToken,
            out.pointer(),
            toTokens,
            toToken,
            count,
            zeroOthers,
            batch,
            channels,
            threads);
        assertArrayEquals(expected, out.read());
      }
    }
  }
}
