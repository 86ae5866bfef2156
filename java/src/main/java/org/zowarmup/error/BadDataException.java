package org.zowarmup.error;

import java.nio.file.Path;

/** A data file that is missing, truncated or not what it should be. */
public final class BadDataException extends UserErrorException {
  private static final long serialVersionUID = 1L;

  /**
   * @param file the file or folder
   * @param where offset or member inside it, empty for the whole
   * @param expected what should be there
   * @param found what is there
   */
  public BadDataException(Path file, String where, String expected, String found) {
    this(file.toString(), where, expected, found);
  }

  private BadDataException(String message) {
    super(message);
  }

  /**
   * The same about a place that has another name for the user.
   *
   * @param place as it is named in this message; where it is not, this exception is returned
   * @param hint said after the message
   */
  public BadDataException inPlaceOf(String place, String named, String hint) {
    String message = getMessage();
    return message.contains(place)
        ? new BadDataException(message.replace(place, named) + "; " + hint)
        : this;
  }

  public BadDataException(String file, String where, String expected, String found) {
    // Names come out of files, which may hold anything; the message stays one line.
    super(
        Printable.text(
            ("bad data in "
                    + file
                    + (where.isEmpty() ? "" : ", " + where)
                    + ": expected "
                    + expected
                    + ", found "
                    + found)
                .replaceAll("\\s*\\R\\s*", " ")));
  }
}
