package org.zowarmup.data.image;

/** Image classes of Java without a display. */
public final class Headless {
  private static final String PROPERTY = "java.awt.headless";

  private Headless() {}

  /**
   * Sets {@code java.awt.headless} to true where it is not set: else a DISPLAY variable alone would
   * make AWT load its X11 library, which headless Java packages lack.
   */
  public static void ensure() {
    if (System.getProperty(PROPERTY) == null) {
      System.setProperty(PROPERTY, "true");
    }
  }
}
