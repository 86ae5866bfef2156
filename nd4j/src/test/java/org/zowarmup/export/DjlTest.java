package org.zowarmup.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.api.Result;
import org.zowarmup.api.Simulation;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSources;
import org.zowarmup.record.weights.Safetensors.Tensor;

/** What DJL makes of a run: its weights to the bit, and of its model the same classes. */
final class DjlTest {
  static final String ENGINE = "OnnxRuntime";

  @TempDir static Path folder;
  private static Result result;

  @BeforeAll
  static void train() {
    System.setProperty("ai.djl.offline", "true");
    result =
        Simulation.builder()
            .config("{methods: [zowarmup], clients: {count: 20, high: 0.25}, device: cpu}")
            .config("{warmup: {cohort: 5, rounds: 2}, zo: {cohort: 5, rounds: 1}}")
            .with("data.source", "fashion-mnist-mini")
            .output(folder.resolve("run"))
            .build()
            .run();
  }

  @Test
  void weightsAreReadToTheBit() throws Exception {
    Map<String, Tensor> expected = result.weights("zowarmup", 1);
    for (Export.Format format :
        new Export.Format[] {Export.Format.NPZ, Export.Format.SAFETENSORS}) {
      Path file = folder.resolve("weights." + format);
      Export.run(result.folder().orElseThrow(), format, "zowarmup", 1L, file, false, false);
      try (NDManager manager = NDManager.newBaseManager(ENGINE);
          InputStream in = Files.newInputStream(file);
          NDList arrays = NDList.decode(manager, in)) {
        assertEquals(expected.size(), arrays.size());
        for (NDArray array : arrays) {
          Tensor tensor = expected.get(array.getName());
          long[] shape = Arrays.stream(tensor.shape()).asLongStream().toArray();
          assertEquals(new Shape(shape), array.getShape(), array.getName());
          assertArrayEquals(tensor.values(), array.toFloatArray(), 0, array.getName());
        }
      }
    }
  }

  @Test
  void theModelGivesEveryTestImageTheSameClass() throws Exception {
    Path file = folder.resolve("model.onnx");
    Export.run(
        result.folder().orElseThrow(), Export.Format.ONNX, "zowarmup", 1L, file, false, true);
    Criteria<NDList, NDList> criteria =
        Criteria.builder()
            .setTypes(NDList.class, NDList.class)
            .optModelPath(file)
            .optEngine(ENGINE)
            .build();
    try (DataSet data = DataSources.find("fashion-mnist-mini").load(null);
        org.zowarmup.api.Predictor ours = result.predictor("zowarmup", 1);
        ZooModel<NDList, NDList> model = criteria.loadModel();
        Predictor<NDList, NDList> theirs = model.newPredictor();
        NDManager manager = NDManager.newBaseManager(ENGINE)) {
      byte[] pixels = new byte[data.test().count() * 28 * 28];
      data.test().pixels().get(pixels);
      Shape shape = new Shape(data.test().count(), 28, 28, 1);
      NDArray images = manager.create(ByteBuffer.wrap(pixels), shape, DataType.UINT8);
      float[] logits = theirs.predict(new NDList(images)).head().toFloatArray();
      int[] classes = new int[data.test().count()];
      for (int i = 0; i < logits.length; i++) {
        int n = i / 10;
        classes[n] = logits[i] > logits[10 * n + classes[n]] ? i % 10 : classes[n];
      }
      assertEquals(2000, classes.length);
      assertArrayEquals(ours.classes(pixels), classes);
    }
  }
}
