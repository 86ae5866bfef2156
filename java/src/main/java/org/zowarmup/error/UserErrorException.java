package org.zowarmup.error;

/**
 * Something that the person who started the program can fix: a config value, a file, a missing
 * device. The message is one line that says what, where, expected, found and what to do; the
 * command line prints it alone and ends with exit code 2.
 */
public class UserErrorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UserErrorException(String message) {
    super(message);
  }

  public UserErrorException(String message, Throwable cause) {
    super(message, cause);
  }
}
