package org.zowarmup.random;

/**
 * Normal deviates from Philox words by the method of Box and Muller (1958), the twin of {@code
 * kernels/src/gaussian.h}. The logarithm and the sine are our own float polynomials, one IEEE
 * operation a step, because those of the libraries differ in the last place; the coefficients come
 * from {@code kernels/src-tools/fit_gaussian.py}.
 */
final class BoxMuller {
  private static final int SQRT_HALF_BITS = 0x3f3504f3;
  private static final float LN2_HIGH = 0x1.62e43p-1f;
  private static final float LN2_LOW = -0x1.05c61p-29f;
  private static final float HALF_PI_HIGH = 0x1.921fb6p+0f;
  private static final float HALF_PI_LOW = -0x1.777a5cp-25f;

  private BoxMuller() {}

  /**
   * Two independent deviates from two words.
   *
   * @param radiusWord its high 24 bits are k of u = (k + 1) 2^-24 in (0, 1], radius sqrt(-2 log u)
   * @param angleWord its high 24 bits are k of v = k 2^-24 in [0, 1), angle 2 pi v
   * @param out receives radius cos(angle) at {@code at}, radius sin(angle) at {@code at + 1}
   */
  static void pair(int radiusWord, int angleWord, float[] out, int at) {
    float u = ((radiusWord >>> 8) + 1) * 0x1p-24f;
    float radius = (float) Math.sqrt(-2.0f * log(u));
    // The angle in quarter turns is quarter + x, x in [-1/2, 1/2): exact in integers.
    int turn = angleWord >>> 8;
    int quarter = (turn + (1 << 21)) >> 22;
    float x = (turn - (quarter << 22)) * 0x1p-22f;
    float sine = sinHalfPi(x);
    float cosine = cosHalfPi(x);
    boolean odd = (quarter & 1) != 0;
    float s = odd ? cosine : sine;
    float c = odd ? sine : cosine;
    out[at] = radius * (((quarter + 1) & 2) != 0 ? -c : c);
    out[at + 1] = radius * ((quarter & 2) != 0 ? -s : s);
  }

  /**
   * Natural logarithm of a normal positive float, to 1 ulp: x = 2^e (1 + f) with 1 + f in
   * [sqrt(1/2), sqrt(2)) and f exact; log(1 + f) = f + f^2 P(f).
   */
  static float log(float x) {
    int bits = Float.floatToRawIntBits(x);
    int exponent = (bits - SQRT_HALF_BITS) >> 23;
    float f = Float.intBitsToFloat(bits - (exponent << 23)) - 1.0f;
    float p = -0x1.39c1f4p-4f;
    p = Math.fma(p, f, 0x1.08ceeep-3f);
    p = Math.fma(p, f, -0x1.0f277cp-3f);
    p = Math.fma(p, f, 0x1.225a62p-3f);
    p = Math.fma(p, f, -0x1.542652p-3f);
    p = Math.fma(p, f, 0x1.99a52cp-3f);
    p = Math.fma(p, f, -0x1.000434p-2f);
    p = Math.fma(p, f, 0x1.55554ep-2f);
    p = Math.fma(p, f, -0x1.fffff8p-2f);
    float log1p = Math.fma(f * f, p, f);
    float e = exponent;
    return Math.fma(e, LN2_HIGH, Math.fma(e, LN2_LOW, log1p));
  }

  /** sin(pi/2 x) for x in [-1/2, 1/2], to 1 ulp. */
  static float sinHalfPi(float x) {
    float t = x * x;
    float p = 0x1.443928p-13f;
    p = Math.fma(p, t, -0x1.32ada8p-8f);
    p = Math.fma(p, t, 0x1.466b78p-4f);
    p = Math.fma(p, t, -0x1.4abbcep-1f);
    p = Math.fma(p, t, HALF_PI_LOW);
    return Math.fma(x, HALF_PI_HIGH, p * x);
  }

  /** cos(pi/2 x) for x in [-1/2, 1/2], to 1 ulp. */
  static float cosHalfPi(float x) {
    float t = x * x;
    float p = 0x1.d4f47ap-11f;
    p = Math.fma(p, t, -0x1.55b2b2p-6f);
    p = Math.fma(p, t, 0x1.03c1b0p-2f);
    p = Math.fma(p, t, -0x1.3bd3ccp+0f);
    return Math.fma(p, t, 1.0f);
  }
}
