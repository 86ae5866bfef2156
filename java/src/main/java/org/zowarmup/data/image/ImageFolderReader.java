package org.zowarmup.data.image;

import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.BytePointer;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSource;
import org.zowarmup.data.ImageSet;
import org.zowarmup.data.PixelCopier;
import org.zowarmup.data.format.bytes.ResidentBytes;
import org.zowarmup.data.image.ImageFiles.ImageFile;
import org.zowarmup.data.image.ImageFiles.Stop;
import org.zowarmup.error.BadDataException;

/**
 * Decodes image files in parallel into two off-heap buffers. Chunks of files go through one decoder
 * and one byte array each; no decoded image stays on the heap.
 */
public final class ImageFolderReader {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int CHUNK_FILES = 256;

  private final ImageFiles.Format format;
  private final int trainCount;
  private final ResidentBytes train;
  private final ResidentBytes test;

  private ImageFolderReader(
      ImageFiles.Format format, int trainCount, ResidentBytes train, ResidentBytes test) {
    this.format = format;
    this.trainCount = trainCount;
    this.train = train;
    this.test = test;
  }

  /**
   * @return both sets, uint8 [N,H,W,C] in the order of the files; empty if the format is grayscale
   *     and an image has colour
   * @throws BadDataException for the first file that cannot be decoded or has another size than
   *     {@code format}
   */
  public static Optional<DataSet> read(ImageFiles files, ImageFiles.Format format) {
    ResidentBytes train = allocate(files.trainLabels().length, format, files);
    ResidentBytes test = null;
    DataSet both = null;
    try {
      test = allocate(files.testLabels().length, format, files);
      ImageFolderReader reader =
          new ImageFolderReader(format, files.trainLabels().length, train, test);
      int chunk = CHUNK_BYTES / format.bytes();
      Optional<Stop> stop =
          files.decodeAll(Math.max(1, Math.min(CHUNK_FILES, chunk)), reader::readChunk);
      if (stop.isPresent() && stop.get().reason() != null) {
        throw stop.get().reason();
      }
      if (stop.isEmpty()) {
        both =
            new DataSet(
                files.source(),
                set(train, format, files.trainLabels(), files),
                set(test, format, files.testLabels(), files));
      }
      return Optional.ofNullable(both);
    } finally {
      if (both == null) {
        train.close();
        if (test != null) {
          test.close();
        }
      }
    }
  }

  /**
   * Both sets with their labels and without pixels: zeros, which no one has touched. One image is
   * decoded, for its size.
   */
  public static DataSource.Sizes sizes(ImageFiles files, ImageFiles.Format first) {
    DataSet blank =
        DataSet.load(
            files.source(),
            () -> blank(files.trainLabels(), files, first),
            () -> blank(files.testLabels(), files, first));
    return new DataSource.Sizes(
        blank,
        Optional.of(
            "all images are %dx%dx%d as %s, the only one that was decoded"
                .formatted(first.height(), first.width(), first.channels(), first.example())));
  }

  private static ImageSet blank(int[] labels, ImageFiles files, ImageFiles.Format format) {
    return set(allocate(labels.length, format, files), format, labels, files);
  }

  private static ResidentBytes allocate(int count, ImageFiles.Format format, ImageFiles files) {
    if (count == 0) {
      throw new BadDataException(
          files.source(), "", "at least one image in training and test set", "a set without any");
    }
    return ResidentBytes.allocate((long) count * format.bytes(), "images of " + files.source());
  }

  private static ImageSet set(
      ResidentBytes pixels, ImageFiles.Format format, int[] labels, ImageFiles files) {
    return new ImageSet(
        pixels, format.height(), format.width(), format.channels(), labels, files.classNames());
  }

  /** Null when all files of the chunk are in their buffer. */
  private Stop readChunk(List<ImageFile> chunk) {
    PixelCopier copier = new PixelCopier();
    try (ImageDecoder decoder = new ImageDecoder()) {
      for (ImageFile file : chunk) {
        byte[] pixels = format.pixels(file, decoder, copier);
        if (pixels == null) {
          return new Stop(null);
        }
        place(file.number()).put(pixels, 0, pixels.length);
      }
      return null;
    } catch (BadDataException e) {
      return new Stop(e);
    }
  }

  /** A pointer of its own: put goes by the pointer's position, which threads must not share. */
  private BytePointer place(int number) {
    boolean inTrain = number < trainCount;
    long at = (long) (inTrain ? number : number - trainCount) * format.bytes();
    return (inTrain ? train : test).slice(at, format.bytes());
  }
}
