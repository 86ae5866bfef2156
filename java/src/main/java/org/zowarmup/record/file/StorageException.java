package org.zowarmup.record.file;

import java.io.IOException;
import java.nio.file.Path;
import org.zowarmup.error.UserErrorException;

/** A file of a run that cannot be written: a full disk, a folder that is gone, no permission. */
public final class StorageException extends UserErrorException {
  private static final long serialVersionUID = 1L;

  StorageException(String message, IOException cause) {
    super(message, cause);
  }

  /** The same with what is left to continue from. */
  public StorageException knowing(String lastGood, Path folder) {
    String left =
        lastGood.isEmpty()
            ? "; this method has no checkpoint yet, continue from what is kept with: zowarmup"
                + " resume "
                + folder
            : "; " + lastGood + " is kept, continue from it with: zowarmup resume " + folder;
    StorageException more =
        new StorageException(
            getMessage() + left, getCause() instanceof IOException cause ? cause : null);
    for (Throwable suppressed : getSuppressed()) {
      more.addSuppressed(suppressed);
    }
    return more;
  }
}
