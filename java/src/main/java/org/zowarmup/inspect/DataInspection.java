package org.zowarmup.inspect;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.data.DataOptions;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSource;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.Normalization;
import org.zowarmup.data.image.ContactSheet;
import org.zowarmup.record.file.AtomicFile;
import org.zowarmup.record.file.OutputFile;

/**
 * A data set in numbers, found by loading all of it.
 *
 * @param format name of the source that read it
 * @param source where it came from
 * @param classNames one a class
 * @param sheetOrNull the contact sheet that was written
 * @param seconds how long loading took
 */
public record DataInspection(
    String format,
    String source,
    int height,
    int width,
    int channels,
    List<String> classNames,
    Part train,
    Part test,
    Path sheetOrNull,
    double seconds) {

  /**
   * One of the two sets.
   *
   * @param perClass images of each class
   * @param mean of each channel, in units of pixel value / 255
   * @param deviation likewise
   */
  public record Part(int count, int[] perClass, float[] mean, float[] deviation) {
    private static Part of(ImageSet set) {
      int[] perClass = new int[set.classes()];
      for (int label : set.labels()) {
        perClass[label]++;
      }
      Normalization statistics = Normalization.of(set);
      return new Part(set.count(), perClass, statistics.mean(), statistics.std());
    }
  }

  /**
   * Loads a data set and looks at it.
   *
   * @param source as {@code data.source}
   * @param pathOrNull as {@code data.path}
   * @param sheetOrNull where to write a contact sheet of the training images as PNG
   */
  public static DataInspection of(
      String source, String pathOrNull, DataOptions options, OutputFile sheetOrNull) {
    Path path = ConfigLoader.pathOrNull("data.path", pathOrNull);
    DataSource format = DataSources.resolve(source, path);
    long start = System.nanoTime();
    try (DataSet data = format.load(path, options)) {
      double seconds = (System.nanoTime() - start) * 1e-9;
      if (sheetOrNull != null) {
        writeSheet(data.train(), sheetOrNull);
      }
      return new DataInspection(
          format.name(),
          data.source(),
          data.height(),
          data.width(),
          data.channels(),
          data.train().classNames(),
          Part.of(data.train()),
          Part.of(data.test()),
          sheetOrNull == null ? null : sheetOrNull.path(),
          seconds);
    }
  }

  private static void writeSheet(ImageSet set, OutputFile file) {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.setUseCache(false); // else the picture is made in a file of the temporary folder
    try {
      if (!ImageIO.write(ContactSheet.of(set), "png", png)) {
        throw new IllegalStateException("this Java has no PNG writer");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    file.write(channel -> AtomicFile.writeAll(channel, ByteBuffer.wrap(png.toByteArray())));
  }
}
