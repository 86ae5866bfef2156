package org.zowarmup.plugin;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Numbers that a key takes; of a list, that each of its items may be. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Range {
  /** The least value; left out where {@link #above} is given. */
  double min() default Double.NEGATIVE_INFINITY;

  /** Every value is larger than this. */
  double above() default Double.NEGATIVE_INFINITY;

  double max();
}
