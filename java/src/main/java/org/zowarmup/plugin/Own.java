package org.zowarmup.plugin;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.security.CodeSource;
import java.util.Objects;
import org.zowarmup.error.UserErrorException;

/**
 * Calls what a user has written. What that throws, and null where a value is due, becomes one line
 * that names whose code it was.
 */
public final class Own implements InvocationHandler {
  private static final String PROGRAM = "org.zowarmup.";

  private final String what;
  private final Object part;

  private Own(String what, Object part) {
    this.what = what;
    this.part = part;
  }

  /** Whether a class is the program's own. */
  public static boolean isOurs(Class<?> type) {
    CodeSource here = Own.class.getProtectionDomain().getCodeSource();
    CodeSource there = type.getProtectionDomain().getCodeSource();
    return type.getName().startsWith(PROGRAM) && Objects.equals(here, there);
  }

  /**
   * The part itself where it is the program's own, else one that calls it and names it where it
   * fails. Exceptions of the program pass: they say what they mean.
   *
   * @param what the kind of part, for people
   */
  public static <T> T named(Class<T> service, String what, T part) {
    Objects.requireNonNull(part, what);
    return isOurs(part.getClass()) || of(part) != part
        ? part
        : service.cast(
            Proxy.newProxyInstance(
                service.getClassLoader(), new Class<?>[] {service}, new Own(what, part)));
  }

  private static Object of(Object part) {
    return Proxy.isProxyClass(part.getClass())
            && Proxy.getInvocationHandler(part) instanceof Own own
        ? own.part
        : part;
  }

  /** The class of a part. */
  public static Class<?> type(Object part) {
    return of(part).getClass();
  }

  /** The class of a part and, where it is in a jar, the name of that. */
  public static String name(Object part) {
    Class<?> type = type(part);
    CodeSource source = type.getProtectionDomain().getCodeSource();
    String place = source == null || source.getLocation() == null ? "" : "" + source.getLocation();
    return place.endsWith(".jar")
        ? "%s of %s".formatted(type.getName(), place.substring(place.lastIndexOf('/') + 1))
        : type.getName();
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    Object result;
    try {
      result = method.invoke(part, arguments);
    } catch (InvocationTargetException e) {
      throw failure(method, e.getCause());
    }
    Class<?> type = method.getReturnType();
    if (result == null && type != void.class) {
      throw new UserErrorException(
          "%s %s: expected a %s from its %s, found null"
              .formatted(what, name(part), type.getSimpleName(), method.getName()));
    }
    return result;
  }

  private Throwable failure(Method method, Throwable cause) {
    if (cause instanceof UserErrorException
        || cause instanceof VirtualMachineError
        || cause.getClass().getName().startsWith(PROGRAM)) {
      return cause;
    }
    return new UserErrorException(
        "%s %s: its %s threw %s%s"
            .formatted(what, name(part), method.getName(), cause, place(cause)),
        cause);
  }

  /** The line of the user's file, where the trace has one. */
  private String place(Throwable cause) {
    String file = part.getClass().getName().replaceFirst("\\$.*", "");
    for (StackTraceElement frame : cause.getStackTrace()) {
      if (frame.getClassName().replaceFirst("\\$.*", "").equals(file)) {
        return ", %s:%d".formatted(frame.getFileName(), frame.getLineNumber());
      }
    }
    return "";
  }
}
