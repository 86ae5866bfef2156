package org.zowarmup.data;

import java.nio.file.Path;
import java.util.Optional;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.ConfigException;

/**
 * A kind of data set that {@code data.source} can name. Implementations are found by {@link
 * java.util.ServiceLoader} and hold no state.
 */
public interface DataSource {
  /** The value of {@code data.source}, for example {@code image-folder}. */
  String name();

  /**
   * The requirement on {@code data.path}, for messages: {@code a folder with ...}; empty for
   * nothing.
   */
  default String expects() {
    return "what data.source " + name() + " reads";
  }

  /**
   * Says whether what lies at {@code path} is of this kind, by its content: a look at names and
   * first bytes, not a check of the whole. Files that cannot be read are of no kind; never throws
   * for what it finds.
   */
  default boolean recognizes(Path path) {
    return false;
  }

  /**
   * Says whether a member of an archive with this name is one of the files of such a set; archives
   * as they are downloaded are then unpacked and loaded.
   *
   * @param member its path in the archive
   */
  default boolean holds(String member) {
    return false;
  }

  /**
   * Reads the whole data set into memory; the caller closes it.
   *
   * @param pathOrNull the value of {@code data.path}, null where the config does not set it
   * @throws ConfigException if {@code data.path} is needed and missing, or set and meaningless
   * @throws BadDataException if a file is missing or not what it should be
   */
  DataSet load(Path pathOrNull);

  /**
   * The same with choices that the files leave open.
   *
   * @throws ConfigException if an option is set that this source does not know
   */
  default DataSet load(Path pathOrNull, DataOptions options) {
    options.refuseOfImageFiles(name());
    options.refuseTransposed(name());
    options.refuseTestPart(name());
    return load(pathOrNull);
  }

  /**
   * The set with its labels, classes and sizes, for what asks for nothing else; pixels may be any
   * where that saves decoding them.
   *
   * @return the set, and what about it was taken for granted
   */
  default Sizes sizes(Path pathOrNull, DataOptions options) {
    return new Sizes(load(pathOrNull, options), Optional.empty());
  }

  /**
   * A set of which only labels, classes and sizes count.
   *
   * @param assumption what was taken for granted, empty where all was read
   */
  record Sizes(DataSet data, Optional<String> assumption) {}
}
