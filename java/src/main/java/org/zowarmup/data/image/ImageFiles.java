package org.zowarmup.data.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.zowarmup.data.DataOptions;
import org.zowarmup.data.PixelCopier;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.error.BadDataException;

/**
 * The image files of a training and a test set, in a folder or an archive. They are numbered: the
 * training files first, class by class, in the order of their names.
 */
public interface ImageFiles {
  /** No image file of a data set is larger. */
  int MAX_BYTES = 1 << 26;

  /** The folder or archive that they are part of, for messages. */
  String source();

  List<String> classNames();

  /** The class of each training file. */
  int[] trainLabels();

  /** The class of each test file. */
  int[] testLabels();

  /** One of them, by which the size of all is known. */
  String exampleName();

  byte[] exampleContent();

  /** One file; its content is read where it is needed. */
  record ImageFile(int number, String name, Content content) {
    byte[] bytes() {
      try {
        return content.read();
      } catch (IOException e) {
        throw new BadDataException(name, "", "a readable image file", ByteSource.reason(e));
      }
    }
  }

  /** Reads a file. */
  interface Content {
    byte[] read() throws IOException;
  }

  /**
   * The reason why a chunk ended early; without one, an image has colour and the format has not.
   */
  record Stop(BadDataException reason) {}

  /**
   * Gives all files, in chunks of at most {@code chunkFiles}, to {@code decode}, which several
   * threads call at a time; it returns null where all went well.
   *
   * @return the stop of the first chunk that has one, in an order that depends on the files alone
   */
  Optional<Stop> decodeAll(int chunkFiles, Function<List<ImageFile>, Stop> decode);

  /**
   * The form that every image of a folder has or is given.
   *
   * @param channels 1 (grayscale) or 3 (RGB)
   * @param example the file that set it, for messages
   * @param resized whether files of other sizes are resized to this one, not refused
   * @param ground gray value behind pixels that are not opaque; null to refuse them
   */
  record Format(
      int height, int width, int channels, String example, boolean resized, Integer ground) {
    /** Takes the format from an example of the files, and what the options say. */
    public static Format of(ImageFiles files, DataOptions options) {
      try (ImageDecoder decoder = new ImageDecoder()) {
        String name = files.exampleName();
        BufferedImage image = decoder.decode(name, files.exampleContent(), null);
        int channels = PixelCopier.isGray(image) ? 1 : 3;
        boolean resized = options.size() != null;
        int height = resized ? options.size() : image.getHeight();
        int width = resized ? options.size() : image.getWidth();
        return new Format(height, width, channels, name, resized, options.ground());
      }
    }

    public Format inColour() {
      return new Format(height, width, 3, example, resized, ground);
    }

    public int bytes() {
      return height * width * channels;
    }

    /**
     * An image in this form.
     *
     * @return [height, width, channels]; null where it has colour and this format has not
     */
    byte[] pixels(ImageFile file, ImageDecoder decoder, PixelCopier copier) {
      BufferedImage image = decoder.decode(file.name(), file.bytes(), resized ? null : this);
      if (channels == 1 && !PixelCopier.isGray(image)) {
        return null;
      }
      byte[] pixels = new byte[image.getHeight() * image.getWidth() * channels];
      copier.copy(file.name(), image, channels, ground, pixels, 0);
      return Resampler.resize(pixels, image.getHeight(), image.getWidth(), channels, height, width);
    }
  }
}
