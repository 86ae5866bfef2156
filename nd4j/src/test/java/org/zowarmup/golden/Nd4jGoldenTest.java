package org.zowarmup.golden;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ND4J against PyTorch's values in fp64. */
final class Nd4jGoldenTest {
  @ParameterizedTest
  @CsvSource({
    "cnn,true",
    "resnet18,false",
    "resnet18-half,true",
    "vit,false",
    "vit-tiny,true",
    "vit-class-token,true"
  })
  void agreesWithPyTorch(String name, boolean steps) {
    GoldenTest.check("nd4j", name, steps);
  }
}
