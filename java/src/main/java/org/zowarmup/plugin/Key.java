package org.zowarmup.plugin;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Describes a key of a config, which is a component of a record, or one of an enum's choices. The
 * text goes into {@code defaults.yaml} and into the JSON schema.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.FIELD})
public @interface Key {
  /**
   * Meaning and unit. The {@link Range} or the choices are put in place of {@code {}}, and after
   * the text where it has none.
   */
  String value();
}
