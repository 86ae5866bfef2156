package org.zowarmup.data.image;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.zowarmup.error.BadDataException;

/**
 * The image files of a training and a test set, in a folder or an archive. They are numbered: the
 * training files first, class by class, in the order of their names.
 */
public interface ImageFiles {
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
        throw new BadDataException(name, "", "a readable image file", e.toString());
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
}
