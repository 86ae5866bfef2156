package org.zowarmup.setup;

import java.nio.file.Path;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataIdentity;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSource;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.cache.CacheFile;
import org.zowarmup.data.cache.CachedData;
import org.zowarmup.error.BadDataException;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunResult;

/**
 * The data set of a run, loaded from its files or mapped from a converted copy. A copy's pixels are
 * compared with their checksums during the run; as a listener this stops the run where they differ.
 */
public final class LoadedData implements RunListener, AutoCloseable {
  private final DataSet data;
  private final CachedData cachedOrNull;

  private LoadedData(DataSet data, CachedData cachedOrNull) {
    this.data = data;
    this.cachedOrNull = cachedOrNull;
  }

  public static LoadedData open(RunConfig.Data config) {
    Path path = ConfigLoader.pathOrNull("data.path", config.path());
    Path cache = ConfigLoader.pathOrNull("data.cache", config.cache());
    DataSource source = DataSources.resolve(config.source(), path);
    if (path != null && CacheFile.isCache(path)) {
      return cached(path);
    }
    if (cache == null || path == null) {
      return new LoadedData(source.load(path), null);
    }
    String fingerprint = DataIdentity.fingerprint(source.name(), path);
    Path copy = cache.resolve(DataIdentity.fileName(source.name(), fingerprint));
    if (fingerprint.equals(CacheFile.fingerprintOrNull(copy))) {
      return cached(copy);
    }
    DataSet data = source.load(path);
    try {
      DataConversion.write(data, fingerprint, copy);
      return new LoadedData(data, null);
    } catch (RuntimeException e) {
      data.close();
      throw e;
    }
  }

  private static LoadedData cached(Path file) {
    CachedData cached = CacheFile.open(file);
    return new LoadedData(cached.data(), cached);
  }

  /** Valid until this is closed. */
  public DataSet data() {
    return data;
  }

  @Override
  public void started(RunDescription description) {
    if (cachedOrNull != null) {
      cachedOrNull.checkInBackground();
    }
  }

  /**
   * @throws BadDataException if a converted copy has turned out to be damaged
   */
  @Override
  public void roundFinished(RoundMetrics metrics) {
    if (cachedOrNull != null) {
      cachedOrNull.throwIfDamaged();
    }
  }

  /**
   * @throws BadDataException likewise, when all of it has been compared
   */
  @Override
  public void finished(RunResult result) {
    if (cachedOrNull != null) {
      cachedOrNull.awaitCheck();
    }
  }

  @Override
  public void close() {
    if (cachedOrNull != null) {
      cachedOrNull.close();
    } else {
      data.close();
    }
  }
}
