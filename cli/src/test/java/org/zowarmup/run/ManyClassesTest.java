package org.zowarmup.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** So many classes that a matrix of all pairs would take 3 GB. */
class ManyClassesTest {
  private static final int CLASSES = 20_000;

  @TempDir Path folder;

  private static void member(ZipOutputStream zip, String name, String type, String shape, byte[] b)
      throws IOException {
    String text = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(type, shape);
    String header = text + " ".repeat(117 - text.length()) + "\n";
    zip.putNextEntry(new ZipEntry(name + ".npy"));
    zip.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0});
    zip.write(header.getBytes(StandardCharsets.US_ASCII));
    zip.write(b);
    zip.closeEntry();
  }

  private Path images() throws IOException {
    Path file = folder.resolve("many.npz");
    ByteBuffer labels = ByteBuffer.allocate(4 * CLASSES).order(ByteOrder.LITTLE_ENDIAN);
    for (int c = 0; c < CLASSES; c++) {
      labels.putInt(c);
    }
    byte[] pixels = new byte[CLASSES * 16];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 31);
    }
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setLevel(1);
      for (String set : new String[] {"train", "test"}) {
        String shape = "(%d, 4, 4)".formatted(CLASSES);
        member(zip, "x_" + set, "|u1", shape, pixels);
        member(zip, "y_" + set, "<i4", "(%d,)".formatted(CLASSES), labels.array());
      }
    }
    return file;
  }

  @Test
  void onlyTheCellsWithImagesAreKept() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("many.yaml"),
            """
            device: cpu
            methods: [zowarmup]
            data: {path: "%s", partition: {kind: iid}}
            clients: {count: 2000, high: 0.5}
            model: {kind: cnn, channels: [2]}
            warmup: {rounds: 1, cohort: 1, localEpochs: 1, batch: 10}
            zo: {rounds: 1, cohort: 1, seeds: 1, batch: 2}
            evaluate: {maxImages: 50, batch: 50, diagnostics: false}
            """
                .formatted(images()));
    RealRun run = RealRun.good(config, folder.resolve("run"));
    JsonNode confusion = run.json("confusion-zowarmup-seed1.json");
    assertEquals(CLASSES, confusion.get("classes").size());
    assertTrue(confusion.path("matrix").isMissingNode());
    int images = 0;
    for (JsonNode cell : confusion.get("cells")) {
      images += cell.get(2).intValue();
    }
    assertEquals(50, images);
    // made again of the weights, and found to be what they say
    Path matrix = run.folder().resolve("confusion-zowarmup-seed1.json");
    byte[] before = Files.readAllBytes(matrix);
    Files.delete(matrix);
    for (int start = 0; start < 2; start++) {
      RealRun again = RealRun.main(() -> false, run.folder(), "resume", run.folder().toString());
      assertEquals(0, again.code(), again.err());
      assertEquals(
          new String(before, StandardCharsets.UTF_8), Files.readString(matrix), "start " + start);
    }
    RealRun report = RealRun.main(() -> false, run.folder(), "report", run.folder().toString());
    assertEquals(0, report.code(), report.err());
  }
}
