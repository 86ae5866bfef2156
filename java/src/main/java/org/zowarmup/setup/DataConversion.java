package org.zowarmup.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.data.DataIdentity;
import org.zowarmup.data.DataOptions;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSource;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.cache.CacheFile;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.record.file.AtomicFile;
import org.zowarmup.record.file.OutputFile;

/** Writes converted copies of data sets, each atomically. */
public final class DataConversion {
  private static final Logger LOG = LoggerFactory.getLogger(DataConversion.class);

  private DataConversion() {}

  /**
   * Loads a data set and writes its converted copy.
   *
   * @param source as {@code data.source}
   * @param pathOrNull as {@code data.path}
   * @return bytes of the file
   */
  public static long convert(
      String source, String pathOrNull, DataOptions options, OutputFile file) {
    Path path = ConfigLoader.pathOrNull("data.path", pathOrNull);
    DataSource format = DataSources.resolve(source, path);
    try (DataSet data = format.load(path, options)) {
      String fingerprint =
          path == null ? format.name() : DataIdentity.fingerprint(format.name(), path, options);
      return write(data, fingerprint, file);
    }
  }

  /**
   * @throws UserErrorException if it cannot be written, naming the file and why; nothing of it is
   *     left then
   */
  public static long write(DataSet data, String fingerprint, OutputFile file) {
    CacheFile.Prepared prepared = CacheFile.prepare(data, fingerprint);
    try {
      long free =
          file.isStream() ? Long.MAX_VALUE : Files.getFileStore(file.folder()).getUsableSpace();
      if (free < prepared.bytes()) {
        throw new UserErrorException(
            "cannot write %s: expected %d free bytes on its disk, found %d; free some, or give another place"
                .formatted(file.path(), prepared.bytes(), free));
      }
    } catch (IOException e) {
      throw AtomicFile.failure(file.path(), e);
    }
    file.write(prepared::write);
    LOG.info("data: a converted copy of {} bytes is in {}", prepared.bytes(), file.path());
    return prepared.bytes();
  }
}
