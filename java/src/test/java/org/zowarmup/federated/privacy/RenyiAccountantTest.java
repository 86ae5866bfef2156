package org.zowarmup.federated.privacy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The accountant against values that TensorFlow Privacy publishes in its own tests. */
class RenyiAccountantTest {
  /** Its compute_dp_sgd_privacy_test.py, before and after it changed its conversion. */
  @ParameterizedTest
  @CsvSource({
    "60000, 150, 1.3, 15, 1e-5, 0.941870567, 0.7242234026109595, 19",
    "100000, 100, 1.0, 30, 1e-7, 1.70928734, 1.4154988495444845, 13",
    "100000000, 1024, 0.1, 10, 1e-7, 5907984.81339406, 5907982.31138195, 1.25"
  })
  void publishedGuarantees(
      double samples,
      double batch,
      double noise,
      double epochs,
      double delta,
      double loose,
      double tight,
      double order) {
    RenyiAccountant accountant = new RenyiAccountant();
    accountant.add(batch / samples, noise, (long) Math.ceil(epochs * samples / batch));
    assertEquals(loose, accountant.looseGuarantee(delta).epsilon(), 1e-7 * loose);
    assertEquals(order, accountant.looseGuarantee(delta).order());
    assertEquals(tight, accountant.guarantee(delta).epsilon(), 1e-7 * tight);
    assertEquals(order, accountant.guarantee(delta).order());
  }

  /** Its rdp_accountant_test.py. */
  @Test
  void publishedGuaranteeOfManySmallSteps() {
    RenyiAccountant accountant = new RenyiAccountant();
    accountant.add(0.01, 4, 10_000);
    assertEquals(1.258575, accountant.looseGuarantee(1e-5).epsilon(), 1e-5);
    assertEquals(20, accountant.looseGuarantee(1e-5).order());
  }

  /**
   * For a whole order the moment is a binomial sum (Mironov, Talwar and Zhang 2019, section 3.3).
   */
  @ParameterizedTest
  @CsvSource({"0.1, 2, 2", "0.5, 1, 7", "0.01, 0.7, 16", "0.999, 3, 32"})
  void wholeOrdersAreTheBinomialSum(double rate, double noise, int order) {
    double sum = 0;
    double choose = 1;
    for (int k = 0; k <= order; k++) {
      double power = (double) k * (k - 1) / (2 * noise * noise);
      sum += choose * Math.pow(1 - rate, order - k) * Math.pow(rate, k) * Math.exp(power);
      choose = choose * (order - k) / (k + 1);
    }
    double expected = Math.log(sum) / (order - 1);
    double found = RenyiAccountant.divergence(rate, noise, order);
    assertEquals(expected, found, 1e-9 * Math.max(1, expected));
  }

  @Test
  void allClientsInEveryRoundAreThePlainGaussianMechanism() {
    assertEquals(5 / (2 * 4.0), RenyiAccountant.divergence(1, 2, 5), 0);
    assertEquals(5 / (2 * 4.0), RenyiAccountant.divergence(1 - 1e-12, 2, 5), 1e-9);
  }

  @Test
  void withoutNoiseThereIsNoPrivacyAndWithoutRoundsNothingIsSpent() {
    RenyiAccountant accountant = new RenyiAccountant();
    assertTrue(accountant.guarantee(1e-5).epsilon() < 0.02);
    accountant.add(0.1, 0, 1);
    assertEquals(Double.POSITIVE_INFINITY, accountant.guarantee(1e-5).epsilon());
  }
}
