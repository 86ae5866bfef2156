package org.zowarmup.setup;

import java.nio.file.Path;
import java.util.Optional;
import org.zowarmup.config.ConfigLoader;
import org.zowarmup.config.Normalize;
import org.zowarmup.config.RunConfig;
import org.zowarmup.data.DataIdentity;
import org.zowarmup.data.DataOptions;
import org.zowarmup.data.DataSet;
import org.zowarmup.data.DataSource;
import org.zowarmup.data.DataSources;
import org.zowarmup.data.Normalization;
import org.zowarmup.data.cache.CacheFile;
import org.zowarmup.data.cache.CachedData;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.ConfigException;
import org.zowarmup.plugin.Own;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.record.RunDescription;
import org.zowarmup.record.RunIdentity;
import org.zowarmup.record.RunListener;
import org.zowarmup.record.RunResult;
import org.zowarmup.record.file.OutputFile;
import org.zowarmup.record.weights.Weights;

/**
 * The data set of a run, loaded from its files or mapped from a converted copy. A copy's pixels are
 * compared with their checksums during the run; as a listener this stops the run where they differ.
 */
public final class LoadedData implements RunListener, AutoCloseable {
  private final DataSet data;
  private final CachedData cachedOrNull;

  private final boolean borrowed;
  private final Optional<String> assumption;

  private LoadedData(DataSet data, CachedData cachedOrNull, boolean borrowed) {
    this(data, cachedOrNull, borrowed, Optional.empty());
  }

  private LoadedData(
      DataSet data, CachedData cachedOrNull, boolean borrowed, Optional<String> assumption) {
    this.data = data;
    this.cachedOrNull = cachedOrNull;
    this.borrowed = borrowed;
    this.assumption = assumption;
  }

  /** A data set that its owner closes; it stays open for this as long as this does. */
  public static LoadedData borrowed(DataSet data) {
    data.hold();
    return new LoadedData(data, null, true);
  }

  /** The set of a run, ready for one. */
  public static LoadedData open(RunConfig run) {
    return open(run, false);
  }

  /** The same with its labels and sizes; pixels may be any where that saves decoding them. */
  public static LoadedData sizes(RunConfig run) {
    return open(run, true);
  }

  private static LoadedData open(RunConfig run, boolean sizesOnly) {
    RunConfig.Data config = run.data();
    Path path = ConfigLoader.pathOrNull("data.path", config.path());
    Path cache = ConfigLoader.pathOrNull("data.cache", config.cache());
    DataSource source =
        Own.named(
            DataSource.class,
            "data source",
            DataSources.resolve(
                config.source(), path, named -> run.own().bind(named.name(), named)));
    if (path != null && CacheFile.isCache(path)) {
      return cached(path);
    }
    DataOptions options = options(config);
    if (cache == null || path == null) {
      return sizesOnly ? sizes(source, path, options) : loaded(source.load(path, options));
    }
    String fingerprint =
        DataIdentity.fingerprint(source.name() + run.own().text(source.name()), path, options);
    Path copy = cache.resolve(DataIdentity.fileName(source.name(), fingerprint));
    if (fingerprint.equals(CacheFile.fingerprintOrNull(copy))) {
      return cached(copy);
    }
    if (sizesOnly) {
      return sizes(source, path, options);
    }
    DataSet data = source.load(path, options);
    try {
      DataConversion.write(data, fingerprint, OutputFile.own(copy));
      return loaded(data);
    } catch (RuntimeException e) {
      data.close();
      throw e;
    }
  }

  private static LoadedData loaded(DataSet data) {
    return new LoadedData(data, null, false);
  }

  private static LoadedData sizes(DataSource source, Path path, DataOptions options) {
    DataSource.Sizes sizes = source.sizes(path, options);
    return new LoadedData(sizes.data(), null, false, sizes.assumption());
  }

  /** What is taken for granted about the set; empty where all of it was read. */
  public Optional<String> assumption() {
    return assumption;
  }

  /** What the config says about the data set beside its format and place. */
  public static DataOptions options(RunConfig.Data config) {
    return new DataOptions(
        config.size(), config.background(), config.testPart(), config.transposed());
  }

  private static LoadedData cached(Path file) {
    CachedData cached = CacheFile.open(file);
    return new LoadedData(cached.data(), cached, false);
  }

  /** What images are normalized by, and whose statistics that are, for people. */
  public record Normalized(Normalization by, String origin) {}

  /**
   * What {@code data.normalize} makes of the images' normalization.
   *
   * @param weightsOrNull file of the weights that a run starts from or that are evaluated
   * @param unlessSaid whether it is that of the weights where the config leaves it open
   * @throws ConfigException where the config names the weights' and there are none that say it, or
   *     the numbers do not fit the images
   */
  public Normalized normalization(RunConfig.Data config, Path weightsOrNull, boolean unlessSaid) {
    Normalize asked = config.normalize();
    boolean ofWeights = asked == null ? unlessSaid : asked.is(Normalize.WEIGHTS);
    if (ofWeights && weightsOrNull != null) {
      String stored = RunIdentity.normalizeOf(weightsOrNull);
      if (stored != null) {
        return new Normalized(stored(weightsOrNull, stored), "of the weights");
      }
    }
    if (asked != null && ofWeights) {
      throw new ConfigException(
          "data.normalize",
          "expected weights that say what their images were normalized by, found %s; give own, or the numbers"
              .formatted(
                  weightsOrNull == null ? "no model.init" : weightsOrNull + ", which do not"));
    }
    if (asked == null || asked.is(Normalize.OWN)) {
      Normalization own = Normalization.of(data.train());
      return new Normalized(
          own, "of the training images" + (ofWeights ? "; the weights say none" : ""));
    }
    float[][] numbers = asked.numbers(data.channels());
    return new Normalized(new Normalization(numbers[0], numbers[1]), "of data.normalize");
  }

  private Normalization stored(Path weights, String stored) {
    try {
      Normalization normalization = Normalization.parse(stored);
      if (normalization.channels() == data.channels()) {
        return normalization;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new BadDataException(
        weights,
        "metadata, " + Weights.NORMALIZE,
        "mean and std of %d channels".formatted(data.channels()),
        stored);
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
    } else if (borrowed) {
      data.release();
    } else {
      data.close();
    }
  }
}
