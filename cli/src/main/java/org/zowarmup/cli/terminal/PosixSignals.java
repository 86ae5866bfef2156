package org.zowarmup.cli.terminal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/** Listens to signals. */
public final class PosixSignals {
  private PosixSignals() {}

  /**
   * Calls {@code received} at every signal of this name, instead of what was done before. By
   * reflection, because sun.misc is supported but may not be compiled against without warnings.
   *
   * @param name without SIG
   * @throws ReflectiveOperationException where this Java lets no one listen to it
   */
  public static void handle(String name, Runnable received) throws ReflectiveOperationException {
    Class<?> signalType = Class.forName("sun.misc.Signal");
    Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
    Object posix = signalType.getConstructor(String.class).newInstance(name);
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (!method.getDeclaringClass().equals(handlerType)) {
            return method.getName().equals("equals")
                ? (Object) (proxy == arguments[0])
                : method.getName().equals("hashCode")
                    ? (Object) name.hashCode()
                    : "handler of " + name;
          }
          received.run();
          return null;
        };
    Object proxy =
        Proxy.newProxyInstance(
            PosixSignals.class.getClassLoader(), new Class<?>[] {handlerType}, handler);
    signalType.getMethod("handle", signalType, handlerType).invoke(null, posix, proxy);
  }
}
