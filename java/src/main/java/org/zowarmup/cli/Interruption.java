package org.zowarmup.cli;

import java.io.PrintStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Ends a run cleanly on Ctrl-C (SIGINT) and SIGTERM. The virtual machine answers the first signal
 * with its shutdown, whose hook asks the run to stop at its next boundary and waits for it; the
 * exit code is then 128 plus the signal's number. A second signal ends the process at once.
 */
final class Interruption implements BooleanSupplier {
  private static final int PATIENCE_SECONDS = 60;
  private static final int SIGINT = 2;
  private static final int SIGTERM = 15;

  private final PrintStream err;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicBoolean signalled = new AtomicBoolean();
  private volatile boolean stop;

  private Interruption(PrintStream err) {
    this.err = err;
  }

  /** Takes over the signals of this process. */
  static Interruption install(PrintStream err) {
    Interruption interruption = new Interruption(err);
    Runtime.getRuntime().addShutdownHook(new Thread(interruption::onShutdown, "stop"));
    interruption.handle("INT", SIGINT);
    interruption.handle("TERM", SIGTERM);
    return interruption;
  }

  /** Whether the run should stop. */
  @Override
  public boolean getAsBoolean() {
    return stop;
  }

  /** To be called when all is written: the process may end from here on. */
  void ended() {
    ended.countDown();
  }

  private void onShutdown() {
    if (ended.getCount() == 0) {
      return;
    }
    stop = true;
    err.println();
    err.println(
        "zowarmup: stopping; whole rounds are kept and written, a second signal ends at once");
    try {
      if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        err.println(
            "zowarmup: the job at hand did not end within "
                + PATIENCE_SECONDS
                + " s; giving it up");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Without this, the virtual machine would ignore a second signal while its shutdown waits. By
   * reflection, because sun.misc is supported but may not be compiled against without warnings;
   * where it is missing, only the second signal loses its effect.
   */
  private void handle(String name, int number) {
    try {
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object signal = signalType.getConstructor(String.class).newInstance(name);
      Object[] previous = new Object[1];
      InvocationHandler handler =
          (proxy, method, arguments) -> {
            if (!method.getDeclaringClass().equals(handlerType)) {
              return method.getName().equals("equals")
                  ? (Object) (proxy == arguments[0])
                  : method.getName().equals("hashCode") ? (Object) number : "handler of " + name;
            }
            if (signalled.getAndSet(true)) {
              Runtime.getRuntime().halt(128 + number);
            }
            return method.invoke(previous[0], arguments);
          };
      Object proxy =
          Proxy.newProxyInstance(
              Interruption.class.getClassLoader(), new Class<?>[] {handlerType}, handler);
      previous[0] =
          signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, proxy);
    } catch (ReflectiveOperationException e) {
      // The shutdown hook alone still ends the run cleanly.
      return;
    }
  }
}
