package org.zowarmup.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.error.UserErrorException;

/**
 * The folder that native libraries are unpacked to and loaded from. JavaCPP's own choice ends at a
 * folder below the temporary one whose name any user of the machine can make first, with libraries
 * of theirs in it; so it is chosen here, before the first library is loaded.
 */
public final class NativeFolder {
  private static final Logger LOG = LoggerFactory.getLogger(NativeFolder.class);

  /** The property by which JavaCPP, and a user, names the folder. */
  static final String PROPERTY = "org.bytedeco.javacpp.cachedir";

  /** The property by which the launcher of a release has JavaCPP take libraries where they lie. */
  private static final String IN_PLACE = "org.bytedeco.javacpp.pathsFirst";

  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final Set<PosixFilePermission> OTHERS_WRITE =
      Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  private NativeFolder() {}

  /**
   * Chooses the folder, once a process; one that the user names by the property stays.
   *
   * @throws UserErrorException where there is no folder that is this user's alone
   */
  public static synchronized void choose() {
    // a release loads its libraries from its own folder and unpacks none
    if (System.getProperty(PROPERTY) == null && !Boolean.getBoolean(IN_PLACE)) {
      Path folder =
          choose(
              Path.of(System.getProperty("user.home", "")),
              Path.of(System.getProperty("java.io.tmpdir")));
      System.setProperty(PROPERTY, folder.toString());
    }
  }

  /** JavaCPP's folder in the home folder where that is safe, else one for this process alone. */
  static Path choose(Path home, Path temporary) {
    try {
      UserPrincipal me = Files.getOwner(Path.of("/proc/self"));
      Path real = home.toRealPath();
      requireOwn(real, me);
      Path folder = real;
      for (String name : List.of(".javacpp", "cache")) {
        folder = folder.resolve(name);
        if (Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
          Files.createDirectory(folder, PRIVATE);
        }
        requireOwn(folder, me);
      }
      return folder;
    } catch (IOException e) {
      LOG.debug("native libraries are unpacked for this process alone: {}", e.getMessage());
      return ofThisProcess(temporary, e);
    }
  }

  private static void requireOwn(Path folder, UserPrincipal me) throws IOException {
    PosixFileAttributes found =
        Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    boolean own = found.isDirectory() && found.owner().equals(me);
    if (!own || found.permissions().stream().anyMatch(OTHERS_WRITE::contains)) {
      throw new IOException(
          "%s: expected a folder of %s that no one else can write to, found %s of %s, %s"
              .formatted(
                  folder,
                  me.getName(),
                  found.isSymbolicLink() ? "a link" : found.isDirectory() ? "one" : "a file",
                  found.owner().getName(),
                  PosixFilePermissions.toString(found.permissions())));
    }
    if (!Files.isWritable(folder)) {
      throw new IOException(folder + " cannot be written to");
    }
  }

  /** Its name is drawn, so no one can have made it before, and it is made for this user alone. */
  private static Path ofThisProcess(Path temporary, IOException why) {
    try {
      Path folder = Files.createTempDirectory(temporary, "zowarmup-native-", PRIVATE);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder), "remove-native"));
      return folder.toRealPath();
    } catch (IOException e) {
      e.addSuppressed(why);
      throw new UserErrorException(
          "native libraries: expected a folder of this user's own, found %s, and none could be made in %s (%s); name one with ZOWARMUP_JAVA_OPTS=-D%s=DIR"
              .formatted(why.getMessage(), temporary, e.getMessage(), PROPERTY),
          e);
    }
  }

  private static void remove(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      LOG.debug("cannot remove {}: {}", folder, e.getMessage());
    }
  }
}
