package org.zowarmup.data;

import java.nio.file.Path;
import org.zowarmup.data.cache.CacheFile;
import org.zowarmup.data.cache.CachedData;

/** {@code converted}: a file that {@code data.cache} or {@code zowarmup data convert} has made. */
public final class CacheSource implements DataSource {
  @Override
  public String name() {
    return "converted";
  }

  @Override
  public String expects() {
    return "a file that zowarmup data convert has made";
  }

  @Override
  public boolean recognizes(Path path) {
    return CacheFile.isCache(path);
  }

  /** Compares all checksums before it returns; {@link CacheFile#open} need not. */
  @Override
  public DataSet load(Path pathOrNull) {
    CachedData cached = CacheFile.open(DataSources.requirePath(name(), expects(), pathOrNull));
    try {
      cached.check();
      return cached.data();
    } catch (RuntimeException e) {
      cached.close();
      throw e;
    }
  }
}
