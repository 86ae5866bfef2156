package org.zowarmup.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.config.ConfigIdentity;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.ResolvedConfig;

/**
 * Run folders of version 22985b7 can be resumed: identity and {@code config.yaml} of every
 * committed config, the latter as SHA-256, as that version wrote them.
 */
class ConfigIdentityTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      textBlock =
          """
          cifar10-resnet18.yaml 4baf2f75b3915fdd96245eba2269107f43923fdae9f240955294040be39a735c 16e598e17d752caee6118b61725197ecfbd9b1ea784ba6ce5c36d0e52d506915
          cifar10-vit.yaml 437a4a2ce7c48894ee88e36bf9abdde6516bff0bae1f766af33b9eb27d819ad7 5ba88e33d2a701c0de5c9f5c5f58eeae44e492981c25bc28396abf6df81c033e
          imagenet32-resnet18.yaml cf36f76829b999a9017691c64157726173b1eb2c43b42e26f80c79374fc954f9 a0a92a74fee86285e7d54b6cdc33df09f4e5c75a35992244a1545650f97f31e6
          imagenet32-vit.yaml d0807e323e2fb037798fa4c0cd6aa102a331ae4dd70001c37fb4c443f7eb11be d7c5870ffd603877a65df469907b9214424e917d90fad0e80cf812d6b7cd192e
          matrix-fashion-mnist.yaml 8fb19c8f8095a0c5fcd9a0f1f58312284331edf631446aee7500aca2e5f13207 566a16cf9dd2727199712e4b0d879bd938187d1677634c4227e5f5abc4583608
          matrix-quickstart.yaml d839184df912d988282e66c8203045b8aca1d55bac93f7842e4281721a3dde40 149ae3a0a13cffe2bdaed0efef3323d65c0f338ef01551e06a3623df33405e75
          pfl-cifar10.yaml 944ef0cd7efa30f76619524a068e5b09aa1e5fc2806834f7a2e3bbedf5ff9742 0a5c45450be889e654fdbccf0310b3e869c0a7ba86b442a8dce7cafabe773c48
          quickstart.yaml 09ac9863bd1932a231f79e809a141694e382eea18de70b6cb512d9af2544c422 312ec25365e52ee71545ebc3096e75873506a6831c0fd6970e4b0eeba06e8617
          """)
  void configsAreWrittenAsBefore(String file, String identity, String yaml)
      throws GeneralSecurityException {
    ResolvedConfig config =
        ConfigResolver.resolve(ConfigLoader.load(Path.of("../configs", file), List.of()));
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    byte[] text = config.toYaml().getBytes(StandardCharsets.UTF_8);
    assertEquals(yaml, HexFormat.of().formatHex(sha.digest(text)));
    assertEquals(identity, ConfigIdentity.hash(config.run()));
  }
}
