package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zowarmup.record.weights.Safetensors;
import org.zowarmup.record.weights.Safetensors.Tensor;

/** Folders of a person's own images, with both models: a warm-up round and a zeroth-order one. */
class ImageFolderRunTest {
  private static final int TEST_IMAGES = 6;

  @TempDir Path root;

  private Path config(Path images) throws IOException {
    return Files.writeString(
        root.resolve("folder.yaml"),
        """
        name: folder
        device: cpu
        threads: 2
        data: {source: image-folder, path: "%s", partition: {kind: iid}, validation: 0}
        clients: {count: 2, high: 0.5}
        model: {kind: resnet18, width: 0.125}
        warmup: {rounds: 1, cohort: 1, localEpochs: 1, batch: 3, lr: 0.01}
        zo: {rounds: 1, cohort: 2, seeds: 1, batch: 2}
        methods: [zowarmup]
        """
            .formatted(images));
  }

  private static void assertReports(RealRun run) {
    List<JsonNode> rows = run.rows();
    assertEquals(2, rows.size());
    assertEquals("warmup", rows.get(0).get("phase").textValue());
    assertEquals("zo", rows.get(1).get("phase").textValue());
    for (JsonNode row : rows) {
      double hits = row.get("testAccuracy").doubleValue() * TEST_IMAGES;
      assertEquals(Math.rint(hits), hits, 1e-9);
      assertTrue(row.get("testLoss").isNumber() && row.get("trainLoss").isNumber(), row.toString());
    }
    JsonNode result = run.json("summary.json").at("/results/0");
    assertEquals(rows.get(0).get("testAccuracy"), result.get("pivotAccuracy"));
    assertEquals(rows.get(1).get("testAccuracy"), result.get("testAccuracy"));
  }

  /**
   * Names and shapes are those of torchvision's resnet18 at an eighth of its widths, with a stem of
   * 3x3 and 3 classes; ModelsTest holds the full ones.
   */
  @Test
  void resnetOnColourImages() throws IOException {
    Path images = TinyImages.colour(root.resolve("colour"), 3, 2);
    RealRun run = RealRun.good(config(images), root.resolve("run"));
    assertReports(run);
    Map<String, int[]> shapes = new HashMap<>();
    for (Tensor tensor : Safetensors.read(run.weightsFile("zowarmup", 1)).tensors()) {
      shapes.put(tensor.name(), tensor.shape());
    }
    assertEquals(62, shapes.size());
    assertArrayEquals(new int[] {8, 3, 3, 3}, shapes.get("conv1.weight"));
    assertArrayEquals(new int[] {16, 8, 3, 3}, shapes.get("layer2.0.conv1.weight"));
    assertArrayEquals(new int[] {64, 32, 1, 1}, shapes.get("layer4.0.downsample.0.weight"));
    assertArrayEquals(new int[] {64}, shapes.get("layer4.1.bn2.bias"));
    assertArrayEquals(new int[] {3, 64}, shapes.get("fc.weight"));
    // the banner breaks its lines where the folder's name makes them long
    String words = run.out().replaceAll("\\s+", " ");
    assertTrue(words.contains("9 training and 6 test images of 8x8x3, 3 classes"), run.out());
  }

  /** The number of channels follows the files. */
  @ParameterizedTest
  @CsvSource({"gray, 1", "colour, 3"})
  void cnnOnBoth(String kind, int channels) throws IOException {
    Path folder = root.resolve(kind);
    Path images =
        kind.equals("gray") ? TinyImages.gray(folder, 3, 2) : TinyImages.colour(folder, 3, 2);
    RealRun run = RealRun.good(config(images), root.resolve("run"), "model.kind=cnn");
    assertReports(run);
    Tensor stem = Safetensors.read(run.weightsFile("zowarmup", 1)).tensors().get(0);
    assertEquals("conv1.weight", stem.name());
    assertArrayEquals(new int[] {8, channels, 3, 3}, stem.shape());
  }
}
