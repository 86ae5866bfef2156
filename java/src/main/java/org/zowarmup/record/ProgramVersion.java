package org.zowarmup.record;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * The build of the running program; {@code unknown} where the build was made outside a git
 * checkout.
 *
 * @param version as in the pom
 * @param commit full hash
 * @param dirty {@code true} where files differed from that commit, {@code false} or {@code unknown}
 */
public record ProgramVersion(String version, String commit, String dirty) {
  private static final String UNKNOWN = "unknown";

  /** Of the running program. */
  public static ProgramVersion current() {
    try (InputStream in =
        ProgramVersion.class.getResourceAsStream("/org/zowarmup/build.properties")) {
      Properties build = new Properties();
      if (in != null) {
        build.load(in);
      }
      return of(build);
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded build.properties", e);
    }
  }

  static ProgramVersion of(Properties build) {
    return new ProgramVersion(
        known(build, "git.build.version"),
        known(build, "git.commit.id.full"),
        known(build, "git.dirty"));
  }

  private static String known(Properties build, String key) {
    String value = build.getProperty(key, "").strip();
    // Outside a checkout the build leaves the placeholder in the file.
    return value.isEmpty() || value.startsWith("${") ? UNKNOWN : value;
  }

  /** Version and short commit, for example {@code 0.1.0 (commit 1389461, modified)}. */
  public String line() {
    if (commit.equals(UNKNOWN)) {
      return version;
    }
    String hash = commit.substring(0, Math.min(7, commit.length()));
    return version + " (commit " + hash + (dirty.equals("true") ? ", modified)" : ")");
  }
}
