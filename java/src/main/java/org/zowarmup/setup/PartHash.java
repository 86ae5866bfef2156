package org.zowarmup.setup;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What distinguishes an object of a user's from another: its class, and what its fields hold.
 * Lists, maps, arrays, records and objects from the same jar count by their content; of anything
 * else its class counts, of a lambda only the class that it is in. Fields that are {@code
 * transient} do not.
 */
final class PartHash {
  private final Class<?> whose;

  /** Those that are being written: a field may lead back to one of them. */
  private final Set<Object> open = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Classes of the user's whose code counts, by name. */
  private final Map<String, Class<?>> classes = new TreeMap<>();

  private PartHash(Class<?> whose) {
    this.whose = whose;
  }

  /**
   * @param also classes that the part works with
   * @return the first 16 digits of a SHA-256
   */
  static String of(Object part, List<Class<?>> also) {
    PartHash hash = new PartHash(part.getClass());
    also.forEach(hash::addCode);
    String text = hash.fields(part);
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(text.getBytes(StandardCharsets.UTF_8));
      for (Map.Entry<String, Class<?>> one : hash.classes.entrySet()) {
        sha.update(one.getKey().getBytes(StandardCharsets.UTF_8));
        sha.update(code(one.getValue()));
      }
      return HexFormat.of().formatHex(sha.digest()).substring(0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static byte[] code(Class<?> type) {
    String file = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
    try (InputStream code = type.getResourceAsStream(file)) {
      return code == null ? new byte[0] : code.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("the class of " + type, e);
    }
  }

  private boolean isTheirs(Class<?> type) {
    return Objects.equals(
        type.getProtectionDomain().getCodeSource(), whose.getProtectionDomain().getCodeSource());
  }

  private void addCode(Class<?> type) {
    if (isTheirs(type)) {
      classes.put(name(type), type);
    }
  }

  /** Without the number of a lambda, which differs from process to process. */
  private static String name(Class<?> type) {
    return type.getName().replaceFirst("\\$\\$Lambda.*", "\\$\\$Lambda");
  }

  /**
   * @param captured whether the compiler made the field, whose object is then most often the
   *     program around the part
   */
  private String text(Object value, boolean captured) {
    if (value == null) {
      return "null";
    }
    Class<?> type = value.getClass();
    if (value instanceof Enum<?> one) {
      return one.name();
    }
    if (value instanceof Number
        || value instanceof CharSequence
        || value instanceof Boolean
        || (value instanceof Comparable<?> && type.getClassLoader() == null)) {
      return value.toString();
    }
    boolean counts = value instanceof Record || (isTheirs(type) && !captured);
    boolean holds = type.isArray() || value instanceof Collection || value instanceof Map;
    if (!(counts || holds || type.isHidden()) || !open.add(value)) {
      return name(type);
    }
    try {
      return content(value);
    } finally {
      open.remove(value);
    }
  }

  private String content(Object value) {
    if (value.getClass().isArray()) {
      StringBuilder items = new StringBuilder("[");
      for (int i = 0; i < Array.getLength(value); i++) {
        items.append(text(Array.get(value, i), false)).append(',');
      }
      return items.append(']').toString();
    }
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(one -> text(one.getKey(), false) + "=" + text(one.getValue(), false))
          .sorted()
          .collect(Collectors.joining(",", "{", "}"));
    }
    if (value instanceof Collection<?> items) {
      List<String> texts = items.stream().map(item -> text(item, false)).toList();
      // a set has no order that another process would find again
      return (items instanceof Set ? texts.stream().sorted() : texts.stream())
          .collect(Collectors.joining(",", "[", "]"));
    }
    return fields(value);
  }

  /** Its class and its fields, those that it inherits too. */
  private String fields(Object value) {
    StringBuilder all = new StringBuilder(name(value.getClass()));
    for (Class<?> type = value.getClass(); type != null; type = type.getSuperclass()) {
      addCode(type);
      for (Field field : type.getDeclaredFields()) {
        int kind = field.getModifiers();
        if (!Modifier.isStatic(kind) && !Modifier.isTransient(kind) && field.trySetAccessible()) {
          boolean captured = field.isSynthetic() || type.isHidden();
          all.append(' ').append(field.getName()).append('=');
          all.append(text(get(field, value), captured));
        }
      }
    }
    return all.toString();
  }

  private static Object get(Field field, Object of) {
    try {
      return field.get(of);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("the field was opened", e);
    }
  }
}
