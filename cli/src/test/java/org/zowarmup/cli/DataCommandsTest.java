package org.zowarmup.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.zowarmup.JavaProcess;
import org.zowarmup.data.Formats;
import org.zowarmup.run.RealRun;
import org.zowarmup.run.TinyImages;

/** {@code zowarmup data inspect} and {@code convert}, and runs on converted copies. */
class DataCommandsTest {
  @TempDir Path root;

  private RealRun run(Object... words) {
    return RealRun.main(
        () -> false, root, Stream.of(words).map(String::valueOf).toArray(String[]::new));
  }

  private List<Path> below(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void inspectsAndDraws() throws IOException {
    Path sheet = root.resolve("sheet.png");
    RealRun run = run("data", "inspect", Formats.path("numpy/medical.npz"), "--sheet", sheet);
    assertEquals("", run.err());
    assertEquals(0, run.code());
    assertEquals(
        """
        numpy: %s

                  images   size        mean                   sd                     a class
          train        6   5 x 5 x 3   MEAN
        """
            .formatted(Formats.path("numpy/medical.npz"))
            .lines()
            .limit(3)
            .toList(),
        run.out().lines().limit(3).toList());
    // numpy: (a["train_images"] / 255).mean((0, 1, 2)), .std((0, 1, 2))
    assertTrue(run.out().contains("0.3824 0.6086 0.4801   0.2119 0.2651 0.3342"), run.out());
    assertTrue(run.out().contains("2 classes; 600 B of pixels"), run.out());
    BufferedImage picture = ImageIO.read(sheet.toFile());
    // ten columns of 5 x 5 images, six times as large, with gaps of 2
    assertEquals(10 * 32 + 2, picture.getWidth());
    assertEquals(2 * 32 + 2, picture.getHeight());
    assertEquals(0x0055aa, picture.getRGB(2, 2) & 0xffffff);
  }

  @Test
  void refusesInOneLine() {
    RealRun run = run("data", "inspect", root);
    assertEquals(2, run.code());
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(
        run.err().startsWith("zowarmup: bad data in " + root + ": expected a data set, found "));
  }

  /** The key of a config does what the option does, and is not passed over. */
  @Test
  void theSourceMayBeNamedByItsKey() throws IOException {
    Path folder = Files.createDirectories(root.resolve("set/a"));
    for (int i = 0; i < 5; i++) {
      ImageIO.write(
          new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY),
          "png",
          folder.resolve(i + ".png").toFile());
    }
    String path = folder.getParent().toString();
    assertEquals(2, run("data", "inspect", path).code());
    RealRun keyed = run("data", "inspect", path, "data.source=image-folder", "data.testPart=0.2");
    assertEquals("", keyed.err());
    assertTrue(keyed.out().startsWith("image-folder: "), keyed.out());
    RealRun named = run("data", "inspect", path, "data.testPart=0.2", "--source", "image-folder");
    assertEquals(named.out().lines().limit(6).toList(), keyed.out().lines().limit(6).toList());
  }

  private Path config(String path) throws IOException {
    return Files.writeString(
        root.resolve("run.yaml"),
        """
        device: cpu
        data: {path: "%s", cache: "%s"}
        clients: {count: 3, high: 0.34}
        model: {kind: cnn, channels: [4]}
        warmup: {rounds: 1, cohort: 1}
        zo: {rounds: 1, cohort: 3, seeds: 2, batch: 2}
        """
            .formatted(path, root.resolve("cache")));
  }

  private RealRun train(Path config, String name) {
    RealRun run = RealRun.train(() -> false, config, root.resolve(name));
    assertEquals("", run.err());
    assertEquals(0, run.code());
    return run;
  }

  @Test
  void aKnownSetIsVerifiedAndNeverLoaded() throws IOException {
    Path mine = Files.createDirectories(root.resolve("mnist"));
    Files.writeString(mine.resolve("t10k-labels-idx1-ubyte.gz"), "no archive");
    RealRun get = run("data", "get", "mnist", mine.toString());
    assertEquals(2, get.code(), "what is there is damaged");
    assertTrue(get.out().contains("licence  CC BY-SA 3.0"), get.out());
    assertTrue(get.out().contains("t10k-labels-idx1-ubyte.gz, MD5 ec29112d"), get.out());
    assertTrue(get.out().contains(": another file or damaged"), get.out());
    assertTrue(get.out().contains("  curl -fL -C - --create-dirs -o " + mine + "/"), get.out());
    String hostile = run("data", "get", "mnist", "it's; $(x)").out();
    assertTrue(hostile.contains(" data.path='it'\\''s; $(x)'"), hostile);
    assertTrue(run("data", "get", "cifar1O").err().contains("did you mean cifar10?"));
  }

  /** Loaded, mapped, or given as a converted file: the same run to the last bit. */
  @Test
  void aConvertedCopyIsTheSameDataSet() throws IOException {
    Path images = TinyImages.colour(root.resolve("images"), 6, 2);
    Path config = config(images.toString());
    String first = train(config, "first").weights("zowarmup", 1);
    List<Path> copies = below(root.resolve("cache"));
    assertEquals(1, copies.size(), copies.toString());
    assertEquals(first, train(config, "second").weights("zowarmup", 1));
    assertEquals(copies, below(root.resolve("cache")));
    Path file = root.resolve("x.zowdata");
    assertEquals(0, run("data", "convert", images, file).code());
    RealRun again = run("data", "convert", images, file);
    assertEquals(2, again.code());
    assertTrue(again.err().contains("a file that does not exist yet"), again.err());
    assertEquals(0, run("data", "convert", images, file, "--force").code());
    assertEquals(first, train(config(file.toString()), "third").weights("zowarmup", 1));

    // A changed original is another data set.
    Files.copy(images.resolve("train/class0/1.png"), images.resolve("train/class0/9.png"));
    train(config(images.toString()), "fourth");
    assertEquals(2, below(root.resolve("cache")).size());
  }

  @Test
  void aDamagedCopyStopsTheRun() throws IOException {
    Path file = root.resolve("x.zowdata");
    run("data", "convert", TinyImages.colour(root.resolve("images"), 6, 2), file);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    RealRun run = RealRun.train(() -> false, config(file.toString()), root.resolve("run"));
    assertEquals(2, run.code(), run.err());
    assertTrue(run.err().contains("it is damaged, delete it"), run.err());
  }

  /** A limit on the size of files acts as a full disk: the same call fails half-way. */
  @Test
  @Timeout(60)
  void aFullDiskLeavesNoCopy() throws Exception {
    Path file = root.resolve("copy/x.zowdata");
    Path err = root.resolve("err");
    List<String> limited =
        new ArrayList<>(List.of("bash", "-c", "ulimit -f 20; exec \"$@\"", "bash"));
    List<String> words =
        List.of("data", "convert", Formats.path("cifar10-binary").toString(), file.toString());
    limited.addAll(JavaProcess.command(Main.class, List.of(), words));
    Process process = new ProcessBuilder(limited).redirectError(err.toFile()).start();
    assertTrue(process.waitFor(50, TimeUnit.SECONDS));
    String line = Files.readString(err);
    assertEquals(2, process.exitValue(), line);
    assertEquals(1, line.lines().count(), line);
    assertTrue(
        line.startsWith("zowarmup: cannot write " + file + ": ")
            && line.contains("; check the folder, its rights and the space left on the disk"),
        line);
    assertEquals(List.of(), below(file.getParent()));
    assertFalse(Files.exists(file));
  }
}
