package org.zowarmup.plugin;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;

/** Makes records from the values of their components. */
public final class RecordCopy {
  private RecordCopy() {}

  /**
   * The record with one component changed.
   *
   * @param component its name; one that the record does not have is a fault of the program
   */
  public static <T extends Record> T with(T record, String component, Object value) {
    try {
      RecordComponent[] components = record.getClass().getRecordComponents();
      Object[] values = new Object[components.length];
      boolean found = false;
      for (int i = 0; i < values.length; i++) {
        boolean changed = components[i].getName().equals(component);
        values[i] = changed ? value : components[i].getAccessor().invoke(record);
        found |= changed;
      }
      if (!found) {
        throw new IllegalArgumentException(record.getClass() + " has no component " + component);
      }
      @SuppressWarnings("unchecked")
      Class<T> type = (Class<T>) record.getClass();
      return of(type, values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a component that cannot be read", e);
    }
  }

  /** Calls the canonical constructor; what it throws is thrown. */
  public static <T> T of(Class<T> type, Object[] values) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<T> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true); // a plug-in's record may be private to its package
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException refused) {
        throw refused;
      }
      throw new IllegalStateException("cannot make a " + type.getSimpleName(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make a " + type.getSimpleName(), e);
    }
  }
}
