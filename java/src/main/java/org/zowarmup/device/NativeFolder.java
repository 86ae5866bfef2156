package org.zowarmup.device;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
  /** The property by which JavaCPP, and a user, names the folder. */
  public static final String PROPERTY = "org.bytedeco.javacpp.cachedir";

  /** The property by which the launcher of a release has JavaCPP take libraries where they lie. */
  private static final String IN_PLACE = "org.bytedeco.javacpp.pathsFirst";

  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final Set<PosixFilePermission> OTHERS_WRITE =
      Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  private static final int STICKY = 01000;

  /** It has locks where no disk has. */
  private static final Path IN_MEMORY = Path.of("/dev/shm");

  private NativeFolder() {}

  /** Asked for where it is used: every command passes here, and the log takes long to set up. */
  private static Logger log() {
    return LoggerFactory.getLogger(NativeFolder.class);
  }

  /**
   * Chooses the folder, once a process: the one that the user names by the property, JavaCPP's in
   * the home folder, or a fresh one for this process alone.
   *
   * @throws UserErrorException where there is no folder that is this user's alone
   */
  public static synchronized void choose() {
    // a release loads its libraries from its own folder and unpacks none
    if (Boolean.getBoolean(IN_PLACE)) {
      return;
    }
    String named = System.getProperty(PROPERTY);
    Path folder =
        named == null
            ? choose(
                Path.of(System.getProperty("user.home", "")),
                Path.of(System.getProperty("java.io.tmpdir")),
                IN_MEMORY)
            : named(named);
    System.setProperty(PROPERTY, folder.toString());
  }

  /** The folder that a user named; JavaCPP would take another where it cannot use it. */
  static Path named(String name) {
    try {
      Path folder = Path.of(name).toAbsolutePath();
      if (Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectory(folder, PRIVATE);
      }
      Path real = folder.toRealPath();
      requireOwn(real, me());
      return real;
    } catch (IOException e) {
      throw new UserErrorException(
          "-D%s=%s: expected a folder of this user's own, found %s: name another, or leave it out"
              .formatted(PROPERTY, name, said(e)),
          e);
    }
  }

  /** JavaCPP's folder in the home folder where that is safe, else one for this process alone. */
  static Path choose(Path home, Path... temporary) {
    try {
      UserPrincipal me = me();
      Path folder = home.toRealPath();
      requireOwn(folder, me);
      for (String name : List.of(".javacpp", "cache")) {
        folder = folder.resolve(name);
        if (Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
          Files.createDirectory(folder, PRIVATE);
        }
        requireOwn(folder, me);
      }
      requireLocks(folder);
      return folder;
    } catch (IOException e) {
      log().debug("native libraries are unpacked for this process alone: {}", e.getMessage());
      return ofThisProcess(temporary, e);
    }
  }

  private static UserPrincipal me() throws IOException {
    return Files.getOwner(Path.of("/proc/self"));
  }

  /** What no one else can write to, nor put another folder in the place of. */
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
    requireFixed(folder.getParent(), me);
    if (!Files.isWritable(folder)) {
      throw new IOException(folder + " cannot be written to");
    }
  }

  /**
   * Refuses a folder where another user could rename what lies in it, or one above where that is
   * so. Root's are taken, who is the owner of / where users have other numbers, as in containers.
   */
  private static void requireFixed(Path folder, UserPrincipal me) throws IOException {
    UserPrincipal root = Files.getOwner(Path.of("/"));
    for (Path at = folder; at != null; at = at.getParent()) {
      PosixFileAttributes found = Files.readAttributes(at, PosixFileAttributes.class);
      boolean theirs = !found.owner().equals(me) && !found.owner().equals(root);
      boolean open = found.permissions().stream().anyMatch(OTHERS_WRITE::contains);
      boolean sticky = ((int) Files.getAttribute(at, "unix:mode") & STICKY) != 0;
      if (theirs || (open && !sticky)) {
        throw new IOException(
            "%s, where another user can put one folder in the place of another (%s of %s)"
                .formatted(
                    at,
                    PosixFilePermissions.toString(found.permissions()),
                    found.owner().getName()));
      }
    }
  }

  /** JavaCPP unpacks under a lock, which home folders on Lustre or NFS may not have. */
  private static void requireLocks(Path folder) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.tryLock(); // whether it is free does not matter
    } catch (IOException e) {
      throw new IOException(folder + ": a file system without locks: " + e.getMessage(), e);
    }
  }

  /** Its name is drawn, so no one can have made it before, and it is made for this user alone. */
  private static Path ofThisProcess(Path[] temporary, IOException why) {
    IOException first = null;
    for (Path place : temporary) {
      try {
        Path parent = place.toRealPath();
        requireFixed(parent, me());
        Path folder = Files.createTempDirectory(parent, "zowarmup-native-", PRIVATE);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder), "remove-native"));
        requireLocks(folder);
        return folder;
      } catch (IOException e) {
        e.addSuppressed(first == null ? why : first);
        first = first == null ? e : first;
      }
    }
    throw new UserErrorException(
        "native libraries: expected a folder of this user's own, found %s, and none could be made in %s (%s); name one with ZOWARMUP_JAVA_OPTS=-D%s=DIR"
            .formatted(said(why), temporary[0], said(first), PROPERTY),
        first);
  }

  /** Java's exceptions of a file say its name and little else. */
  private static String said(IOException e) {
    return e instanceof NoSuchFileException
        ? "no " + e.getMessage()
        : e instanceof AccessDeniedException ? "no access to " + e.getMessage() : e.getMessage();
  }

  private static void remove(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      log().debug("cannot remove {}: {}", folder, e.getMessage());
    }
  }
}
