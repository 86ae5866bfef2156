package org.zowarmup.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.config.ConfigIdentity;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.ResolvedConfig;

/**
 * Run folders of version 22985b7 can be resumed: every committed config has the identity that it
 * had there, whatever keys came since and with the source that it named then.
 */
class ConfigIdentityTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      textBlock =
          """
          cifar10-resnet18.yaml image-folder 4baf2f75b3915fdd96245eba2269107f43923fdae9f240955294040be39a735c
          cifar10-vit.yaml cifar10 437a4a2ce7c48894ee88e36bf9abdde6516bff0bae1f766af33b9eb27d819ad7
          imagenet32-resnet18.yaml auto cf36f76829b999a9017691c64157726173b1eb2c43b42e26f80c79374fc954f9
          imagenet32-vit.yaml imagenet32 d0807e323e2fb037798fa4c0cd6aa102a331ae4dd70001c37fb4c443f7eb11be
          matrix-fashion-mnist.yaml idx 8fb19c8f8095a0c5fcd9a0f1f58312284331edf631446aee7500aca2e5f13207
          matrix-quickstart.yaml fashion-mnist-mini d839184df912d988282e66c8203045b8aca1d55bac93f7842e4281721a3dde40
          pfl-cifar10.yaml cifar10 944ef0cd7efa30f76619524a068e5b09aa1e5fc2806834f7a2e3bbedf5ff9742
          quickstart.yaml fashion-mnist-mini 09ac9863bd1932a231f79e809a141694e382eea18de70b6cb512d9af2544c422
          """)
  void configsAreWhatTheyWere(String file, String source, String identity) {
    ResolvedConfig config =
        ConfigResolver.resolve(
            ConfigLoader.load(Path.of("../configs", file), List.of("data.source=" + source)));
    assertEquals(identity, ConfigIdentity.hash(config.run()));
  }
}
